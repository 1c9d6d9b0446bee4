import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import { useQuery } from '@tanstack/react-query';
import { mappings } from '../../api/mappings.ts';
import type { Mapping } from '../../api/types.ts';
import { ClientPicker } from '../../parts/client-picker.tsx';
import { Empty } from '../../parts/empty.tsx';
import { type Column, ItemsTable } from '../../parts/items-table.tsx';
import { When } from '../../parts/when.tsx';
import { useMappingActs } from './acts.ts';
import { CustomerMode } from './customer-mode.tsx';
import type { ViewProps } from './mappings.tsx';
import { mappedBy } from './words.ts';

/** Customers by name with the client each is; `state` leaves out the others. */
export function Decided({
  integration: { id, destinationId },
  search,
  onSearch,
  filter,
  state,
}: ViewProps & { state: string | undefined }) {
  const query = useQuery(mappings(id, { state, search: search.search, cursor: search.cursor }));
  const { map, unmap } = useMappingActs(id);
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
    {
      id: 'by',
      header: 'Mapped by',
      width: 180,
      cell: (row) => (
        <>
          {mappedBy(row)}
          {row.createdAt && (
            <div className="quiet">
              {row.createdBy && `${row.createdBy.name}, `}
              <When at={row.createdAt} />
            </div>
          )}
        </>
      ),
    },
    {
      id: 'mode',
      header: 'Treated',
      width: 150,
      cell: (row) => <CustomerMode integrationId={id} row={row} />,
    },
    {
      id: 'actions',
      header: 'Actions',
      width: 130,
      cell: (row) =>
        row.origin === null ? (
          <Button
            variant="inline-link"
            ariaLabel={`Create a client for ${row.customerName}`}
            onClick={() => map(row, { create: true }, 'a new client')}
          >
            Create a client
          </Button>
        ) : (
          <Button variant="inline-link" ariaLabel={`Unmap ${row.customerName}`} onClick={() => unmap(row)}>
            Unmap
          </Button>
        ),
    },
  ];
  return (
    <ItemsTable
      title="Mappings"
      heading={null}
      inside
      query={query}
      columns={columns}
      idOf={({ customerId }) => customerId}
      nameOf={({ customerName }) => customerName}
      place={search}
      onPlace={({ cursor, page }) => onSearch({ ...search, cursor, page })}
      filter={filter}
      empty={
        search.search ? (
          <Empty title="No customer matches">Remove the filter to see more.</Empty>
        ) : (
          <Empty title={state ? 'No customer is mapped yet' : 'No customers yet'}>
            {state
              ? 'Accept a suggestion, or map all of equal names at once.'
              : 'A first import or preview of customers reads them from the distributor.'}
          </Empty>
        )
      }
    />
  );
}
