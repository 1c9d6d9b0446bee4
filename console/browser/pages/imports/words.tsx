import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { Import, Item } from '../../api/types.ts';

/** How imports are spoken of on every page. */
export const kinds: Record<Import['kind'], string> = {
  customers: 'Customers',
  subscriptions: 'Subscriptions',
};

export const modes: Record<Import['mode'], string> = {
  apply: 'Import',
  preview: 'Preview',
  observe: 'Observation',
};

export const triggers: Record<Import['trigger'], string> = {
  manual: 'Started by a person',
  schedule: 'Scheduled',
  preview: 'Applies a preview',
  change: 'After a change',
};

export const states: Record<Import['state'], { type: StatusIndicatorProps.Type; text: string }> = {
  running: { type: 'in-progress', text: 'Running' },
  failed: { type: 'error', text: 'Failed' },
  cancelled: { type: 'stopped', text: 'Cancelled' },
  incomplete: { type: 'warning', text: 'Incomplete' },
  completed_with_errors: { type: 'warning', text: 'Completed with errors' },
  completed: { type: 'success', text: 'Completed' },
};

export function ImportState({ state }: Pick<Import, 'state'>) {
  const { type, text } = states[state];
  return <StatusIndicator type={type}>{text}</StatusIndicator>;
}

/** "Preview of customers" */
export const titleOf = ({ mode, kind }: Pick<Import, 'mode' | 'kind'>): string =>
  `${modes[mode]} of ${kinds[kind].toLowerCase()}`;

export const outcomes: Record<Item['outcome'], { type: StatusIndicatorProps.Type; text: string }> = {
  planned: { type: 'pending', text: 'Planned' },
  applied: { type: 'success', text: 'Written' },
  held: { type: 'warning', text: 'Held' },
  stale: { type: 'stopped', text: 'Left out: changed meanwhile' },
  skipped: { type: 'stopped', text: 'Skipped' },
  failed: { type: 'error', text: 'Failed' },
  quarantined: { type: 'warning', text: 'Could not be read' },
};

export function Outcome({ outcome }: Pick<Item, 'outcome'>) {
  const { type, text } = outcomes[outcome];
  return <StatusIndicator type={type}>{text}</StatusIndicator>;
}
