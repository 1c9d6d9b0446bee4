import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { Standing } from '../../api/types.ts';

/** How integrations stand, in words and shapes. */
const standings: Record<Standing['state'], { type: StatusIndicatorProps.Type; text: string }> = {
  running: { type: 'in-progress', text: 'Syncing' },
  paused: { type: 'stopped', text: 'Paused' },
  failed: { type: 'error', text: 'Failed' },
  held: { type: 'warning', text: 'Held' },
  drifted: { type: 'warning', text: 'Differs' },
  'in-step': { type: 'success', text: 'In step' },
  'never-run': { type: 'pending', text: 'Never synced' },
};

export function StandingState({ state }: Pick<Standing, 'state'>) {
  const { type, text } = standings[state];
  return <StatusIndicator type={type}>{text}</StatusIndicator>;
}
