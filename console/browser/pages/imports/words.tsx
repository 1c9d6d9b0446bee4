import type { Import, Item } from '../../api/types.ts';
import { Status, type Statuses } from '../../parts/status.tsx';

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

export const states: Statuses<Import['state']> = {
  running: { type: 'in-progress', text: 'Running' },
  failed: { type: 'error', text: 'Failed' },
  cancelled: { type: 'stopped', text: 'Cancelled' },
  incomplete: { type: 'warning', text: 'Incomplete' },
  completed_with_errors: { type: 'warning', text: 'Completed with errors' },
  completed: { type: 'success', text: 'Completed' },
};

export const ImportState = ({ state }: Pick<Import, 'state'>) => <Status of={states} is={state} />;

/** "Preview of customers" */
export const titleOf = ({ mode, kind }: Pick<Import, 'mode' | 'kind'>): string =>
  `${modes[mode]} of ${kinds[kind].toLowerCase()}`;

export const outcomes: Statuses<Item['outcome']> = {
  planned: { type: 'pending', text: 'Planned' },
  applied: { type: 'success', text: 'Written' },
  held: { type: 'warning', text: 'Held' },
  stale: { type: 'stopped', text: 'Left out: changed meanwhile' },
  skipped: { type: 'stopped', text: 'Skipped' },
  failed: { type: 'error', text: 'Failed' },
  quarantined: { type: 'warning', text: 'Could not be read' },
};

export const Outcome = ({ outcome }: Pick<Item, 'outcome'>) => <Status of={outcomes} is={outcome} />;
