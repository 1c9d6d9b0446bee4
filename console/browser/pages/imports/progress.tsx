import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { overview } from '../../api/overview.ts';
import type { Import } from '../../api/types.ts';
import { countText } from '../../parts/figures.ts';
import { type Phase, Phases } from '../../parts/phases.tsx';
import { When } from '../../parts/when.tsx';

/** How far a running import is, what it has cost, and what it waits for. */
export function ImportProgress({ now: row }: { now: Import }) {
  const calls =
    useQuery(overview).data?.integrations.find(({ id }) => id === row.integrationId)?.calls ?? null;
  const { waitingFor: waits, expectedAt } = row.progress;
  return (
    <Container
      header={
        <Header variant="h2" description="It continues if you close this page.">
          Progress
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Phases phases={phasesOf(row, waits ? reasons[waits.reason] : undefined)} />
        {waits ? (
          <StatusIndicator type="pending">
            {reasons[waits.reason]}.{' '}
            {waits.until && (
              <>
                It goes on <When at={waits.until} />.
              </>
            )}{' '}
            {waits.reason === 'outage' && row.problem?.detail}
          </StatusIndicator>
        ) : (
          <div>
            {countText(row.progress.calls)} calls to the destination
            {calls && `, ${countText(calls.left)} of ${countText(calls.limit)} left in its window`}. Started{' '}
            <When at={row.startedAt} />.
            {expectedAt && (
              <>
                {' '}
                Probably done <When at={expectedAt} />.
              </>
            )}
          </div>
        )}
      </SpaceBetween>
    </Container>
  );
}

const reasons: Record<NonNullable<Import['progress']['waitingFor']>['reason'], string> = {
  'read-back': 'An answer was lost, so what was written is looked for',
  'rate-limit': 'The destination asked for a pause',
  'call-budget': 'The destination’s call limit is used up for now',
  token: 'The distributor’s token has ended; a person must enter a new one',
  outage: 'An outside system fails, so it is tried again',
};

/** Received, compared, written, verified: an import says how many of each; a preview ends after the second. */
function phasesOf({ progress, mode }: Import, waiting: string | undefined): Phase[] {
  const { received, total, planned, applied } = progress;
  const compared = planned > 0;
  const readAll = compared || (total !== null && received >= total);
  const written = compared && applied >= planned;
  const state = (done: boolean, begun: boolean): Phase['state'] =>
    done ? 'done' : begun ? 'working' : 'ahead';
  const first: Phase[] = [
    { name: 'Received', state: state(readAll, true), done: received, total },
    {
      name: 'Compared',
      state: state(compared, readAll),
      done: compared ? received : 0,
      total: compared ? received : null,
    },
  ];
  if (mode !== 'apply') return first;
  return [
    ...first,
    {
      name: 'Written',
      state: waiting && compared && !written ? 'waiting' : state(written, compared),
      done: applied,
      total: compared ? planned : null,
      note: waiting,
    },
    { name: 'Verified', state: state(false, written), done: 0, total: null },
  ];
}
