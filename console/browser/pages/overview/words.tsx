import type { Standing } from '../../api/types.ts';
import { Status, type Statuses } from '../../parts/status.tsx';

/** How integrations stand, in words and shapes. */
const standings: Statuses<Standing['state']> = {
  running: { type: 'in-progress', text: 'Syncing' },
  paused: { type: 'stopped', text: 'Paused' },
  failed: { type: 'error', text: 'Failed' },
  held: { type: 'warning', text: 'Held' },
  drifted: { type: 'warning', text: 'Differs' },
  'in-step': { type: 'success', text: 'In step' },
  'never-run': { type: 'pending', text: 'Never synced' },
};

export const StandingState = ({ state }: Pick<Standing, 'state'>) => <Status of={standings} is={state} />;
