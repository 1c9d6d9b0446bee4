import type { Client } from '@temporalio/client';

/** What one workflow execution cost Temporal, read from its history. */
export interface Cost {
  events: number;
  /** As Temporal Cloud counts them: start, signals, activity tries, timers, upserts. Heartbeats are not in a history. */
  actions: number;
  /** Milliseconds from schedule to end, by activity. */
  activities: Record<string, number>;
}

interface Event {
  eventTime?: { seconds?: unknown; nanos?: number | null } | null;
  eventId?: unknown;
  workflowExecutionStartedEventAttributes?: unknown;
  workflowExecutionSignaledEventAttributes?: unknown;
  activityTaskScheduledEventAttributes?: { activityType?: { name?: string | null } | null } | null;
  activityTaskStartedEventAttributes?: { attempt?: number | null } | null;
  activityTaskCompletedEventAttributes?: { scheduledEventId?: unknown } | null;
  timerStartedEventAttributes?: unknown;
  upsertWorkflowSearchAttributesEventAttributes?: unknown;
  signalExternalWorkflowExecutionInitiatedEventAttributes?: unknown;
  startChildWorkflowExecutionInitiatedEventAttributes?: unknown;
}

const milliseconds = ({ eventTime }: Event) =>
  Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6;

export async function costOf(client: Client, workflowId: string, runId?: string): Promise<Cost> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const events = (history.events ?? []) as unknown as Event[];
  const byId = new Map(events.map((event) => [String(event.eventId), event]));
  const cost: Cost = { events: events.length, actions: 0, activities: {} };
  for (const event of events) {
    if (event.workflowExecutionStartedEventAttributes) cost.actions++;
    if (event.workflowExecutionSignaledEventAttributes) cost.actions++;
    if (event.activityTaskStartedEventAttributes)
      cost.actions += event.activityTaskStartedEventAttributes.attempt ?? 1;
    if (event.timerStartedEventAttributes) cost.actions++;
    if (event.upsertWorkflowSearchAttributesEventAttributes) cost.actions++;
    if (event.signalExternalWorkflowExecutionInitiatedEventAttributes) cost.actions++;
    if (event.startChildWorkflowExecutionInitiatedEventAttributes) cost.actions++;
    const completed = event.activityTaskCompletedEventAttributes;
    if (!completed) continue;
    const scheduled = byId.get(String(completed.scheduledEventId))!;
    const name = scheduled.activityTaskScheduledEventAttributes?.activityType?.name ?? '?';
    cost.activities[name] = (cost.activities[name] ?? 0) + milliseconds(event) - milliseconds(scheduled);
  }
  return cost;
}
