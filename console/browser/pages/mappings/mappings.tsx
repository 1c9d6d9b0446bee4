import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Problem } from '../../api/client.ts';
import { type MappedTo, mappings, useMapCustomer, useUnmapCustomer } from '../../api/mappings.ts';
import type { Integration, Mapping } from '../../api/types.ts';
import { ClientPicker } from '../../parts/client-picker.tsx';
import { Empty } from '../../parts/empty.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { type Column, ItemsTable } from '../../parts/items-table.tsx';
import type { Place } from '../../parts/pager.tsx';
import { messageOf } from '../../parts/trouble.tsx';
import { When } from '../../parts/when.tsx';
import { notify, notifyError } from '../../shell/notices.tsx';
import { GenerateMappings } from './generate.tsx';
import { mappedBy } from './words.ts';

export interface MappingSearch extends Place {
  state?: string;
  search?: string;
}

interface MappingsProps {
  integration: Integration;
  search: MappingSearch;
  onSearch(search: MappingSearch): void;
}

/** Which client each customer is. A choice is kept at once and can be taken back. */
export function Mappings({ integration: { id, destinationId }, search, onSearch }: MappingsProps) {
  const { state, search: text, cursor } = search;
  const query = useQuery(mappings(id, { state, search: text, cursor }));
  const { map, unmap } = useMappingActs(id);
  const [generating, setGenerating] = useState(false);

  const columns: Column<Mapping>[] = [
    {
      id: 'customer',
      header: 'Customer',
      names: true,
      cell: ({ customerName, customerId }) => (
        <>
          {customerName}
          <Box variant="small" display="block" color="text-body-secondary">
            {customerId}
          </Box>
        </>
      ),
    },
    {
      id: 'client',
      header: 'Client',
      width: 340,
      cell: (row) =>
        row.origin !== null && row.clientId === null ? (
          'The next import of customers makes one'
        ) : (
          <ClientPicker
            connectionId={destinationId}
            of={row.customerName}
            value={row.clientId === null ? null : { id: row.clientId, name: row.clientName ?? row.clientId }}
            onChange={(client) => map(row, { clientId: client.id }, client.name)}
          />
        ),
    },
    { id: 'by', header: 'Mapped by', cell: (row) => mappedBy(row) },
    {
      id: 'when',
      header: 'When',
      cell: ({ createdAt }) => (createdAt ? <When at={createdAt} /> : '–'),
      hidden: true,
    },
    {
      id: 'actions',
      header: 'Actions',
      cell: (row) =>
        row.origin === null ? (
          <Button
            variant="inline-link"
            ariaLabel={`Make a client for ${row.customerName}`}
            onClick={() => map(row, { create: true }, 'a new client')}
          >
            Make a client
          </Button>
        ) : (
          <Button variant="inline-link" ariaLabel={`Unmap ${row.customerName}`} onClick={() => unmap(row)}>
            Unmap
          </Button>
        ),
    },
  ];
  return (
    <SpaceBetween size="l">
      <ItemsTable
        title="Mappings"
        heading="Customers and their clients"
        description="A client belongs to one customer. An unmapped customer's subscriptions are not written."
        actions={<Button onClick={() => setGenerating(true)}>Map equal names</Button>}
        query={query}
        columns={columns}
        idOf={({ customerId }) => customerId}
        nameOf={({ customerName }) => customerName}
        place={search}
        onPlace={({ cursor: to, page }) => onSearch({ state, search: text, cursor: to, page })}
        filter={
          <FilterBar
            of="customers"
            search
            filters={[
              {
                key: 'state',
                label: 'State',
                values: [
                  { value: 'unmapped', label: 'Unmapped' },
                  { value: 'mapped', label: 'Mapped' },
                ],
              },
            ]}
            chosen={{ state, search: text }}
            onChange={(chosen) => onSearch({ state: chosen.state, search: chosen.search })}
          />
        }
        empty={
          state || text ? (
            <Empty title="No customer matches">Take a filter away to see more.</Empty>
          ) : (
            <Empty title="No customers yet">
              A first import or preview of customers reads them from the distributor.
            </Empty>
          )
        }
      />
      {generating && <GenerateMappings integrationId={id} onClose={() => setGenerating(false)} />}
    </SpaceBetween>
  );
}

/** Mapping and unmapping, each with what takes it back. */
function useMappingActs(integrationId: string) {
  const mapping = useMapCustomer(integrationId);
  const unmapping = useUnmapCustomer(integrationId);
  /** Puts back what the row was. */
  const restore = (before: Mapping) => {
    if (before.origin === null) unmapping.mutate(before.customerId, { onError: notifyError });
    else mapping.mutate({ customerId: before.customerId, to: toOf(before) }, { onError: notifyError });
  };
  const map = (row: Mapping, to: MappedTo, toName: string) =>
    mapping.mutate(
      { customerId: row.customerId, to },
      {
        onSuccess: () =>
          notify({
            type: 'success',
            text: `${row.customerName} was mapped to ${toName}.`,
            undo: () => restore(row),
          }),
        onError: (error) =>
          notify({ type: 'error', text: `${row.customerName} was not mapped. ${refusal(error, toName)}` }),
      },
    );
  const unmap = (row: Mapping) =>
    unmapping.mutate(row.customerId, {
      onSuccess: () =>
        notify({
          type: 'success',
          text: `${row.customerName} was unmapped. What was written before stays at the destination.`,
          undo: () => restore(row),
        }),
      onError: notifyError,
    });
  return { map, unmap };
}

const toOf = ({ clientId }: Mapping): MappedTo => (clientId === null ? { create: true } : { clientId });

function refusal(error: Error, clientName: string): string {
  if (!(error instanceof Problem) || error.type !== 'client-taken') return messageOf(error);
  return `${clientName} is the client of customer ${String(error.members.customerId)} already. ${error.todo ?? ''}`;
}
