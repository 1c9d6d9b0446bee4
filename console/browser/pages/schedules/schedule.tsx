import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type ScheduleAct, schedule, useActOnSchedule, useRemoveSchedule } from '../../api/schedules.ts';
import type { Integration, Schedule } from '../../api/types.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { countText } from '../../parts/figures.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { When } from '../../parts/when.tsx';
import { notify, notifyError } from '../../shell/notices.tsx';
import { ScheduleForm } from './schedule-form.tsx';
import { clockChanges, intervals, onClockOf } from './times.ts';

/** When an integration's imports run by themselves: what is set, what comes next, and the form that sets it. */
export function ScheduleOf({ integration }: { integration: Integration }) {
  const query = useQuery(schedule(integration.id));
  return (
    <Loaded query={query}>
      {(known) => (
        <SpaceBetween size="l">
          {known && <Standing integration={integration} known={known} />}
          <ScheduleForm
            // Remounted when another schedule is set, but not when only the next run changes.
            key={known?.version ?? 'none'}
            integration={integration}
            known={known}
          />
        </SpaceBetween>
      )}
    </Loaded>
  );
}

const done: Record<ScheduleAct, string> = {
  trigger: 'A run was started.',
  pause: 'The schedule is paused. What runs now goes on; no further run starts.',
  resume: 'The schedule runs again.',
};

function Standing({ integration, known }: { integration: Integration; known: Schedule }) {
  const act = useActOnSchedule(integration.id);
  const [removing, setRemoving] = useState(false);
  const button = (what: ScheduleAct, text: string) => (
    <Button
      loading={act.isPending && act.variables === what}
      disabled={act.isPending}
      onClick={() =>
        act.mutate(what, {
          onSuccess: () => notify({ type: 'success', text: done[what] }),
          onError: notifyError,
        })
      }
    >
      {text}
    </Button>
  );
  const zone = known.timeZone ?? integration.options.timeZone;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <div className="actions">
              {button('trigger', 'Run now')}
              {known.paused ? button('resume', 'Resume') : button('pause', 'Pause')}
              <Button onClick={() => setRemoving(true)}>Remove</Button>
            </div>
          }
        >
          Runs
        </Header>
      }
    >
      <KeyValuePairs
        columns={3}
        items={[
          {
            label: 'State',
            value: known.paused ? (
              <StatusIndicator type="stopped">Paused</StatusIndicator>
            ) : (
              <StatusIndicator type="success">Runs</StatusIndicator>
            ),
          },
          { label: 'When', value: known.every ? everyText(known.every) : `${known.cron} (${zone})` },
          {
            label: 'What',
            value: [known.customers && 'Customers', known.subscriptions && 'Subscriptions']
              .filter(Boolean)
              .join(', then '),
          },
          ...(known.quiet
            ? [
                {
                  label: 'Quiet hours',
                  value: `${known.quiet.from} to ${known.quiet.to} (${known.quiet.timeZone ?? zone})`,
                },
              ]
            : []),
          { label: 'Calls of a run', value: <Calls expected={known.expectedCalls} /> },
          ...(known.missed
            ? [
                {
                  label: 'Last missed',
                  value: (
                    <StatusIndicator type="warning">
                      <When at={known.missed.at} />
                      {known.missed.reason === 'overlap'
                        ? ': the run before was still running'
                        : ': nothing was running'}
                    </StatusIndicator>
                  ),
                },
              ]
            : []),
          { label: `Next, in the time zone ${zone}`, value: <NextRuns known={known} zone={zone} /> },
          {
            label: 'Last',
            value:
              known.lastRuns.length === 0 ? (
                <Box color="text-body-secondary">None yet</Box>
              ) : (
                known.lastRuns.slice(0, 5).map(({ at, workflowId }) => (
                  <div key={workflowId}>
                    <When at={at} />
                  </div>
                ))
              ),
          },
        ]}
      />
      {removing && <RemoveSchedule id={integration.id} known={known} onClose={() => setRemoving(false)} />}
    </Container>
  );
}

/** What the last runs needed, beside what the destination allows. */
function Calls({
  expected: { customers, subscriptions, limit, seconds },
}: {
  expected: Schedule['expectedCalls'];
}) {
  if (customers === null && subscriptions === null)
    return <Box color="text-body-secondary">Known after the first run</Box>;
  const calls = countText((customers ?? 0) + (subscriptions ?? 0));
  return (
    <>{limit === null ? calls : `${calls}; ${countText(limit)} are allowed in ${(seconds ?? 0) / 60} min`}</>
  );
}

const everyText = (every: string): string => `Every ${intervals[every] ?? every}`;

function NextRuns({ known, zone }: { known: Schedule; zone: string }) {
  const next = known.nextRuns.slice(0, 5);
  if (next.length === 0)
    return <Box color="text-body-secondary">{known.paused ? 'None while it is paused' : 'No run comes'}</Box>;
  return next.map((at, place) => (
    <div key={at}>
      {onClockOf(at, zone)}
      {place > 0 && clockChanges(next[place - 1]!, at, zone) && ' – clocks change before it'}
    </div>
  ));
}

function RemoveSchedule({ id, known, onClose }: { id: string; known: Schedule; onClose(): void }) {
  const remove = useRemoveSchedule(id, known);
  return (
    <Confirm
      title="Remove the schedule?"
      action="Remove the schedule"
      working={remove.isPending}
      error={remove.error}
      onCancel={onClose}
      onConfirm={() =>
        remove.mutate(undefined, {
          onSuccess: () => {
            onClose();
            notify({
              type: 'success',
              text: 'The schedule was removed. Imports now run only when someone starts them.',
            });
          },
        })
      }
    >
      <Box variant="p">
        No import starts by itself any more. An import that runs now goes on. To stop it for a while only,
        pause it.
      </Box>
    </Confirm>
  );
}
