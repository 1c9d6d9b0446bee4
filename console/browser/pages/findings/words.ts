import type { FindingKind } from '../../../../domain/findings/finding.ts';
import type { FindingAction } from '../../../../domain/kinds.ts';
import type { Finding } from '../../api/types.ts';

/** How findings are spoken of. A new kind is missed here by the type check. */
const kindWords: Record<FindingKind, string> = {
  'customer-held': 'Customer held',
  'client-missing': 'Client missing',
  'customer-left': 'Customer left',
  'quantity-missing': 'Quantity missing',
  'status-unknown': 'Status unknown',
  unreadable: 'Value not readable',
  'licence-unreadable': 'Licence not readable',
  'licence-offered': 'Licence found',
  'renewal-window': 'Renews soon',
  edited: 'Edited in the PSA',
  'absence-unclear': 'Absence unclear',
  'ambiguous-write': 'Write in doubt',
  shrink: 'Too much at once',
  'licences-gone': 'Licences gone',
  currency: 'Currency',
  'listed-twice': 'Listed twice',
  quarantined: 'Record set aside',
  doubles: 'Doubles',
  'customers-not-listed': 'Customers not listed',
  'ledger-old': 'Ledger out of date',
  'token-expiring': 'Token ends soon',
  'reauth-required': 'Token lost',
  'agent-disabled': 'Agent disabled',
  'change-failed': 'Change failed',
  'change-ambiguous': 'Change in doubt',
  'notices-undelivered': 'Notice not delivered',
  'sync-missed': 'Sync missed',
};

export const kindText = (kind: string): string => (kindWords as Record<string, string>)[kind] ?? kind;
export const allKinds = Object.entries(kindWords).map(([value, label]) => ({ value, label }));

const actionWords: Record<FindingAction, string> = {
  map: 'Map to a client…',
  create: 'Create anyway',
  approve: 'Let the import do it',
  reject: 'Keep as it is',
  deactivate: 'Deactivate…',
  dismiss: 'Dismiss',
  takeOurs: 'Take the distributor’s value',
  keepTheirs: 'Keep the PSA’s value',
};

/** What an answer does, as its button says it. */
export const actionText = (action: string): string =>
  (actionWords as Record<string, string>)[action] ?? action;

const doneWords: Record<FindingAction, string> = {
  map: 'Mapped. The next import writes to this client.',
  create: 'The next import creates it.',
  approve: 'Approved. The next import does it.',
  reject: 'Kept as it is.',
  deactivate: 'The next import deactivates it.',
  dismiss: 'Dismissed.',
  takeOurs: 'The next import writes the distributor’s value.',
  keepTheirs: 'The PSA’s value is kept.',
};

export const doneText = (action: string): string =>
  (doneWords as Record<string, string>)[action] ?? 'Decided.';

/** How a finding was decided, and by whom: "Keep the PSA’s value, by Ann." */
export function decidedText({ resolution }: Finding): string {
  const { action, reason, by } = (resolution ?? {}) as {
    action?: string;
    reason?: string;
    by?: { name?: string };
  };
  if (!action) return 'It closed by itself.';
  const who = by?.name ? `, by ${by.name}` : '';
  return `${actionText(action).replace('…', '')}${who}.${reason ? ` ${reason}` : ''}`;
}

/** Whether a person's answer closed it, which can be taken back. */
export const decidedByPerson = ({ state, resolution }: Finding): boolean =>
  state === 'resolved' && typeof resolution?.action === 'string';

/** Those that take something away ask once. */
export const asksFirst = (action: string): boolean => action === 'deactivate' || action === 'approve';

export interface Cause {
  key: string;
  kind: string;
  severity: Finding['severity'];
  integrationId: string | null;
  /** Oldest first. */
  items: Finding[];
  /** What all of them can be answered with. */
  actions: string[];
}

/** What a list of causes is sorted by; the most severe first unless said otherwise. */
const orders: Record<string, (a: Cause, b: Cause) => number> = {
  count: (a, b) => a.items.length - b.items.length,
  since: (a, b) => a.items[0]!.openedAt.localeCompare(b.items[0]!.openedAt),
};

export function sorted(causes: Cause[], sort: string | undefined): Cause[] {
  const order = orders[sort?.replace(/^-/, '') ?? ''];
  if (!order) return causes;
  const turn = sort!.startsWith('-') ? -1 : 1;
  return [...causes].sort((a, b) => turn * order(a, b));
}

const severities: Finding['severity'][] = ['critical', 'warning', 'info'];

/** Findings of one cause at one integration together; the most severe first, then the oldest. */
export function causesOf(findings: Finding[]): Cause[] {
  const causes = new Map<string, Cause>();
  for (const finding of [...findings].sort((a, b) => a.openedAt.localeCompare(b.openedAt))) {
    const { cause, kind, severity, integrationId, connectionId } = finding;
    const key = [cause, integrationId, connectionId].join('\n');
    const known = causes.get(key);
    if (known) {
      known.items.push(finding);
      known.actions = known.actions.filter((action) => finding.actions.includes(action));
    } else
      causes.set(key, { key, kind, severity, integrationId, items: [finding], actions: finding.actions });
  }
  return [...causes.values()].sort(
    (a, b) =>
      severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
      a.items[0]!.openedAt.localeCompare(b.items[0]!.openedAt),
  );
}
