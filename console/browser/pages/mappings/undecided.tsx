import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { suggestions } from '../../api/mappings.ts';
import type { MappingSuggestion } from '../../api/types.ts';
import { ClientPicker } from '../../parts/client-picker.tsx';
import { Empty } from '../../parts/empty.tsx';
import { countText } from '../../parts/figures.ts';
import { type Column, ItemsTable } from '../../parts/items-table.tsx';
import { MoneyList } from '../../parts/money.tsx';
import { RowAct, RowKeys } from '../../parts/row-keys.tsx';
import { type Customer, useMappingActs } from './acts.ts';
import type { ViewProps } from './mappings.tsx';

type Candidate = MappingSuggestion['candidates'][number];

/** Customers nobody has decided about, each with the clients it seems to be and what speaks for them. */
export function Undecided({ integration: { id, destinationId }, search, onSearch, filter }: ViewProps) {
  const query = useQuery(suggestions(id, { search: search.search, cursor: search.cursor }));
  const { map } = useMappingActs(id);
  const customerOf = ({ customerId, customerName }: MappingSuggestion): Customer => ({
    customerId,
    customerName,
    clientId: null,
    origin: null,
    version: null,
  });
  const columns: Column<MappingSuggestion>[] = [
    {
      id: 'customer',
      header: 'Customer',
      names: true,
      width: 190,
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
      id: 'waits',
      header: 'Waits',
      width: 150,
      cell: ({ subscriptions, money }) => (
        <>
          <MoneyList amounts={money} />
          <span className="number quiet">
            {subscriptions === 1 ? '1 subscription' : `${countText(subscriptions)} subscriptions`}
          </span>
        </>
      ),
    },
    {
      id: 'client',
      header: 'Seems to be',
      width: 330,
      cell: (row) =>
        row.candidates.length === 0 ? (
          <Box color="text-body-secondary">No similar client was found.</Box>
        ) : (
          <div className="candidates">
            {row.candidates.slice(0, shown).map((candidate, place) => (
              <CandidateOf
                key={candidate.clientId}
                candidate={candidate}
                first={place === 0}
                of={row.customerName}
                onUse={() => map(customerOf(row), { clientId: candidate.clientId }, candidate.clientName)}
              />
            ))}
            {row.candidates.length > shown && (
              <Box variant="small">And {countText(row.candidates.length - shown)} more.</Box>
            )}
          </div>
        ),
    },
    {
      id: 'else',
      header: 'Or',
      width: 210,
      cell: (row) => (
        <div className="or">
          <ClientPicker
            connectionId={destinationId}
            of={row.customerName}
            value={null}
            onChange={(client) => map(customerOf(row), { clientId: client.id }, client.name)}
          />
          <First is={row.candidates.every(taken)}>
            <Button
              variant="inline-link"
              ariaLabel={`Create a client for ${row.customerName}`}
              onClick={() => map(customerOf(row), { create: true }, 'a new client')}
            >
              Create a client
            </Button>
          </First>
        </div>
      ),
    },
  ];
  return (
    <RowKeys of="customers to map">
      <ItemsTable
        title="Customers to map"
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
            <Empty title="Every customer is decided">
              New ones come here when an import of customers finds them at the distributor.
            </Empty>
          )
        }
      />
    </RowKeys>
  );
}

const shown = 3;

const taken = ({ takenBy }: Candidate): boolean => takenBy !== null;

function First({ is, children }: { is: boolean; children: React.ReactNode }) {
  return is ? <RowAct>{children}</RowAct> : children;
}

interface CandidateProps {
  candidate: Candidate;
  first: boolean;
  of: string;
  onUse(): void;
}

function CandidateOf({ candidate, first, of, onUse }: CandidateProps) {
  const { clientId, clientName, inactive, takenBy, evidence } = candidate;
  return (
    <div className="candidate">
      <div>
        <strong>{clientName}</strong> <span className="quiet">client {clientId}</span>
        {takenBy && (
          <div>
            <StatusIndicator type="warning">
              Already the client of customer {takenBy}. A client belongs to one customer.
            </StatusIndicator>
          </div>
        )}
        {inactive && (
          <div>
            <StatusIndicator type="warning">Inactive in the PSA: its licences would be held.</StatusIndicator>
          </div>
        )}
        <ul className="evidence">
          {evidence.map(({ kind, detail }) => (
            <li key={`${kind} ${detail}`}>{detail}</li>
          ))}
        </ul>
      </div>
      {!takenBy && (
        <First is={first}>
          <Button wrapText={false} ariaLabel={`Accept ${clientName} for ${of}`} onClick={onUse}>
            Accept
          </Button>
        </First>
      )}
    </div>
  );
}
