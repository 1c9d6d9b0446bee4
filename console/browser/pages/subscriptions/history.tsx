import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useRef } from 'react';
import type { SubscriptionDetail } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { countText } from '../../parts/figures.ts';
import { FoldedDiff } from '../../parts/folded-diff.tsx';
import type { Column } from '../../parts/items-table.tsx';
import { PageLink, pageUrl } from '../../parts/link.tsx';
import { Rows } from '../../parts/rows.tsx';
import { When } from '../../parts/when.tsx';
import { ruleText } from '../imports/rules.ts';
import { eventKinds, eventText } from './words.tsx';

type Event = SubscriptionDetail['history'][number];
type Numbered = Event & { key: string };

/** Without what only machines ask for. */
const told = (values: Event['before']) =>
  values && Object.fromEntries(Object.entries(values).filter(([name]) => name !== 'batchId'));

interface HistoryProps {
  known: SubscriptionDetail;
  /** One kind of event only. */
  of: string | undefined;
  /** What happened at one instant only. */
  at: string | undefined;
  onOf(kind: string | undefined): void;
}

/** All that happened to it, newest first: what listings saw, what imports wrote, what people decided. */
export function History({ known, of, at, onOf }: HistoryProps) {
  const begin = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (at) begin.current?.focus();
  }, [at]);
  const all = known.history.map((event, n): Numbered => ({ ...event, key: String(n) }));
  const shown = all.filter((event) => (!of || event.kind === of) && (!at || event.at === at));
  const kinds = [{ id: '', text: 'All' }, ...Object.entries(eventKinds).map(([id, text]) => ({ id, text }))];
  const columns: Column<Numbered>[] = [
    { id: 'when', header: 'When', width: 130, cell: ({ at }) => <When at={at} /> },
    {
      id: 'what',
      header: 'What',
      names: true,
      width: 200,
      cell: (event) => (
        <>
          {eventText(event)}
          {event.rule && (
            <Box variant="small" display="block" color="text-body-secondary">
              {ruleText(event.rule)}
            </Box>
          )}
          {event.message && (
            <Box variant="small" display="block">
              {event.message}
            </Box>
          )}
        </>
      ),
    },
    {
      id: 'change',
      header: 'Change',
      width: 260,
      cell: ({ before, after }) => <FoldedDiff before={told(before)} after={told(after)} />,
    },
    { id: 'by', header: 'By', cell: ({ by }) => by?.name ?? 'A listing' },
    {
      id: 'import',
      header: 'Import',
      cell: ({ importId, action, at }) =>
        importId ? (
          <PageLink
            href={pageUrl(
              '/imports/{id}',
              { id: importId },
              { search: /^(mapping|client)\./.test(action ?? '') ? known.customerId : known.id },
            )}
            ariaLabel={`Its item in the import of ${new Date(at).toLocaleString()}`}
          >
            Its item
          </PageLink>
        ) : (
          '–'
        ),
    },
  ];
  return (
    <Container
      header={
        <Header variant="h2" counter={`(${countText(shown.length)})`}>
          History
        </Header>
      }
    >
      <SpaceBetween size="s">
        <div ref={begin} className="begin" tabIndex={-1} />
        {at && (
          <div className="actions">
            Only what happened at one time.
            <Button variant="inline-link" onClick={() => onOf(undefined)}>
              Show all events
            </Button>
          </div>
        )}
        <SegmentedControl
          label="Events"
          selectedId={of ?? ''}
          options={kinds}
          onChange={({ detail }) => onOf(detail.selectedId || undefined)}
        />
        {shown.length > 0 ? (
          <Rows
            title="History"
            rows={shown}
            columns={columns}
            idOf={({ key }) => key}
            nameOf={(event) => `${eventText(event)}, ${event.at}`}
          />
        ) : (
          <Empty title="No such event yet">Actions of imports and people are listed here.</Empty>
        )}
      </SpaceBetween>
    </Container>
  );
}
