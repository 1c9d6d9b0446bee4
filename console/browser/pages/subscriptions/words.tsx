import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { SubscriptionDetail, SubscriptionLine } from '../../api/types.ts';
import { Status, type Statuses } from '../../parts/status.tsx';
import { labelOf } from '../../parts/words.ts';

/** How subscriptions are spoken of on every page. */
export const states: Statuses<SubscriptionLine['state']> = {
  'in-step': { type: 'success', text: 'In step' },
  differs: { type: 'warning', text: 'Differs' },
  'not-written': { type: 'pending', text: 'Not written' },
  'licence-gone': { type: 'error', text: 'Licence gone' },
  unmapped: { type: 'warning', text: 'Not mapped' },
  ended: { type: 'stopped', text: 'Ended' },
};

export const StateOf = ({ state }: Pick<SubscriptionLine, 'state'>) => <Status of={states} is={state} />;

const statusTypes: Record<string, StatusIndicatorProps.Type> = {
  active: 'success',
  suspended: 'warning',
  pending: 'pending',
  cancelled: 'stopped',
  expired: 'stopped',
  deleted: 'stopped',
};

/** The distributor's own word for how it stands. */
export const StatusOf = ({ status }: { status: string }) => (
  <StatusIndicator type={statusTypes[status] ?? 'info'}>{labelOf(status)}</StatusIndicator>
);

type Rule = SubscriptionDetail['fields'][number]['rule'];

/** Who decides a field, and what follows. */
export const ownerships: Record<Rule, { text: string; means: string; type: StatusIndicatorProps.Type }> = {
  distributor: {
    text: 'Distributor’s',
    means: 'An edit in the PSA is written over.',
    type: 'success',
  },
  destination: {
    text: 'The PSA’s',
    means: 'Written once, when the licence was made. What the PSA says stands.',
    type: 'stopped',
  },
  held: {
    text: 'Held',
    means: 'Edited in the PSA, and left alone until a person decides.',
    type: 'warning',
  },
  kept: { text: 'Kept', means: 'A person decided that the PSA’s value stands.', type: 'stopped' },
  taken: {
    text: 'Taken back',
    means: 'A person decided: the next import writes the distributor’s value.',
    type: 'in-progress',
  },
};

type Event = SubscriptionDetail['history'][number];

const acts: Record<string, string> = {
  'licence.create': 'The licence was created',
  'licence.update': 'The licence was changed',
  'licence.deactivate': 'The licence was deactivated',
  'mapping.set': 'The customer was mapped',
  'mapping.remove': 'The customer was unmapped',
  'mapping.undo': 'A mapping was taken back',
  'client.create': 'The client was created',
  'client.update': 'The client was changed',
  'finding.resolve': 'A finding was answered',
  'finding.mute': 'A finding was muted',
  'subscription.release': 'Kept fields were released',
  'change.ask': 'A change was asked for',
  'change.approve': 'A change was approved',
  'change.reject': 'A change was rejected',
};

/** What happened, in a sentence. */
export function eventText({ kind, action, before }: Event): string {
  if (kind === 'act') return acts[action ?? ''] ?? labelOf((action ?? '').replace('.', ' '));
  const where = kind === 'distributor' ? 'at the distributor' : 'in the PSA';
  return before ? `Changed ${where}` : `First seen ${where}`;
}

export const eventKinds: Record<Event['kind'], string> = {
  act: 'Imports and people',
  distributor: 'Seen at the distributor',
  destination: 'Seen in the PSA',
};
