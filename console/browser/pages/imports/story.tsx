import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { findings } from '../../api/findings.ts';
import { importGroups } from '../../api/imports.ts';
import type { Import } from '../../api/types.ts';
import { countText } from '../../parts/figures.ts';
import { PageButton, PageLink, pageUrl } from '../../parts/link.tsx';
import { MoneyList } from '../../parts/money.tsx';
import { When } from '../../parts/when.tsx';
import { ImportState } from './words.tsx';

/** How an import ended: what it did, whether all was seen, what is left to do. */
export function ImportStory({ now: row, sourceId }: { now: Import; sourceId: string | undefined }) {
  const { counts, problem, state, mode, finishedAt, completeness } = row;
  const wrote = mode === 'apply';
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            <>
              <ImportState state={state} /> {finishedAt && <When at={finishedAt} />}
            </>
          }
        >
          {wrote ? 'What it did' : 'What it would do'}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {problem && (
          <Alert
            type={state === 'failed' ? 'error' : 'warning'}
            header={problem.title}
            action={
              sourceId &&
              problem.type.endsWith('reauth-required') && (
                <PageButton href={pageUrl('/connections/{id}', { id: sourceId })}>
                  Enter a new token
                </PageButton>
              )
            }
          >
            {problem.detail}
          </Alert>
        )}
        {state === 'cancelled' && (
          <Alert type="info">
            It was cancelled. What it had written by then was kept and is listed below; the rest was left as
            it was.
          </Alert>
        )}
        <Worth of={row} />
        <KeyValuePairs
          columns={4}
          items={[
            { label: wrote ? 'Created' : 'To create', value: <Count of={counts.created} /> },
            { label: wrote ? 'Changed' : 'To change', value: <Count of={counts.updated} /> },
            { label: wrote ? 'Deactivated' : 'To deactivate', value: <Count of={counts.deactivated} /> },
            { label: 'In step', value: <Count of={counts.unchanged} /> },
            { label: 'Held for a person', value: <Count of={counts.held} /> },
            { label: 'Failed', value: <Count of={counts.failed} /> },
            { label: 'Skipped', value: <Count of={counts.skipped} /> },
            { label: 'Could not be read', value: <Count of={counts.quarantined} /> },
          ]}
        />
        {completeness && <Completeness of={completeness} />}
        <FindingsOf importId={row.id} />
      </SpaceBetween>
    </Container>
  );
}

/** More or less for the clients, before anything else is said. */
function Worth({ of: { id, mode } }: { of: Import }) {
  const { data } = useQuery(importGroups(id));
  if (!data || data.money.length === 0) return null;
  return (
    <div>
      <Box variant="awsui-key-label">
        {mode === 'apply' ? 'Change in what clients are billed' : 'Change in what clients would be billed'}
      </Box>
      <div className="worth">
        <MoneyList amounts={data.money} sign="always" />
      </div>
    </div>
  );
}

const Count = ({ of }: { of: number }) => <span className="figure">{countText(of)}</span>;

/** Whether all of the distributor's records were seen: its own count beside ours. */
function Completeness({ of }: { of: NonNullable<Import['completeness']> }) {
  const { declared, distinct, duplicates, unreadable, complete } = of;
  const said =
    declared === null
      ? `The distributor states no total; ${countText(distinct)} different records were received to the last page.`
      : `The distributor states ${countText(declared)} records; ${countText(distinct)} different ones were received.`;
  const rest = [
    duplicates > 0 && `${countText(duplicates)} came twice.`,
    unreadable > 0 && `${countText(unreadable)} could not be read.`,
  ].filter(Boolean);
  return (
    <StatusIndicator type={complete ? 'success' : 'warning'}>
      {complete ? 'The listing is complete.' : 'The listing is not complete, so nothing was judged absent.'}{' '}
      {said} {rest.join(' ')}
    </StatusIndicator>
  );
}

function FindingsOf({ importId }: { importId: string }) {
  const { data } = useQuery(findings({ importId, state: 'open' }));
  if (!data || data.items.length === 0) return null;
  const count = `${countText(data.items.length)}${data.nextCursor ? ' or more' : ''}`;
  return (
    <div>
      <PageLink href={pageUrl('/findings', {}, { importId })}>
        {data.items.length === 1 ? 'One finding waits for a person' : `${count} findings wait for a person`}
      </PageLink>
    </div>
  );
}
