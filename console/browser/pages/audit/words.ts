import type { AuditEntry } from '../../api/types.ts';
import { labelOf } from '../../parts/words.ts';

/** What is audited; the API's `action` takes these too. */
export const subjects: Record<string, string> = {
  connection: 'Connections',
  token: 'Tokens',
  integration: 'Integrations',
  mapping: 'Mappings',
  schedule: 'Schedules',
  import: 'Imports',
  collection: 'Listings',
  client: 'Clients',
  licence: 'Licences',
  subscription: 'Subscriptions',
  finding: 'Findings',
  change: 'Changes at distributors',
  people: 'People',
  agents: 'Agents',
  statement: 'Statements',
  key: 'API keys',
  session: 'Sessions',
};

export const actorKinds: Record<AuditEntry['actor']['kind'], string> = {
  session: 'Person, in the console',
  key: 'API key',
  schedule: 'Schedule',
  system: 'Tributary itself',
};

const done: Record<string, string> = {
  create: 'created',
  update: 'changed',
  delete: 'deleted',
  deactivate: 'deactivated',
  set: 'set',
  remove: 'removed',
  undo: 'taken back',
  start: 'started',
  cancel: 'cancelled',
  renew: 'renewed',
  reauthorise: 'authorised again',
  map: 'mapped',
  resolve: 'answered',
  release: 'released',
  mute: 'muted',
  ask: 'asked for',
  approve: 'approved',
  reject: 'rejected',
  pause: 'paused',
  resume: 'resumed',
  trigger: 'run now',
  freeze: 'frozen',
  revoke: 'revoked',
  begin: 'opened',
  end: 'ended',
};

/** `mapping.undo` is "Mapping taken back". */
export function actionText(action: string): string {
  const [subject = '', verb = ''] = action.split('.');
  return [labelOf(subject), done[verb] ?? labelOf(verb).toLowerCase()].join(' ');
}
