import Box from '@cloudscape-design/components/box';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { deliveries } from '../../api/notifications.ts';
import type { Delivery } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { type Column, ItemsTable } from '../../parts/items-table.tsx';
import type { Place } from '../../parts/pager.tsx';
import { When } from '../../parts/when.tsx';
import { kinds, states } from './words.ts';

const columns: Column<Delivery>[] = [
  {
    id: 'subject',
    header: 'Notice',
    names: true,
    cell: ({ subject, kind }) => (
      <>
        {subject}
        <Box variant="small" display="block" color="text-body-secondary">
          {kinds[kind]}
        </Box>
      </>
    ),
  },
  {
    id: 'state',
    header: 'State',
    cell: ({ state }) => <StatusIndicator type={states[state].type}>{states[state].text}</StatusIndicator>,
  },
  {
    id: 'answer',
    header: 'Last answer',
    cell: ({ attempts }) => {
      const last = attempts.at(-1);
      if (!last) return 'Not tried yet';
      return (
        <>
          {last.message}
          {attempts.length > 1 && (
            <Box variant="small" display="block">
              {attempts.length} tries
            </Box>
          )}
        </>
      );
    },
  },
  { id: 'created', header: 'Written', cell: ({ createdAt }) => <When at={createdAt} /> },
  { id: 'id', header: 'Delivery ID', cell: ({ id }) => id, hidden: true },
];

/** What went over a channel, newest first. */
export function Deliveries({
  id,
  place,
  onPlace,
}: {
  id: string;
  place: Place;
  onPlace(place: Place): void;
}) {
  return (
    <ItemsTable
      title="Delivery log"
      query={useQuery(deliveries(id, place.cursor))}
      columns={columns}
      idOf={(row) => row.id}
      nameOf={({ subject }) => subject}
      place={place}
      onPlace={onPlace}
      empty={<Empty title="Nothing was sent yet">Send a test notice to see whether the channel works.</Empty>}
    />
  );
}
