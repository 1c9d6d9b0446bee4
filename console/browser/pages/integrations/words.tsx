import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { Integration } from '../../api/types.ts';

type Options = Integration['options'];

/** How integrations are spoken of on every page. */
export const modes: Record<
  Options['mode'],
  { label: string; description: string; type: StatusIndicatorProps.Type }
> = {
  apply: {
    label: 'Writes',
    description: 'Differences are written to the destination. What needs a person is held.',
    type: 'success',
  },
  observe: {
    label: 'Observes',
    description: 'Everything is planned and reported. Nothing is written.',
    type: 'info',
  },
  paused: { label: 'Paused', description: 'Only previews run.', type: 'stopped' },
};

export const changePolicies: Record<Options['changes'], { label: string; description: string }> = {
  off: { label: 'Off', description: 'Changes at the distributor are refused.' },
  ask: { label: 'Ask', description: 'A person approves each change before it is placed.' },
  auto: {
    label: 'Automatic',
    description: 'Changes within the limits are placed at once. A person approves the others.',
  },
};

export function ModeOf({ mode }: { mode: Options['mode'] }) {
  const { label, type } = modes[mode];
  return <StatusIndicator type={type}>{label}</StatusIndicator>;
}
