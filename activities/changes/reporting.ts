import type { ChangeRow } from '../../db/changes/changes.ts';
import type { Sql } from '../../db/client.ts';
import { report } from '../../db/findings/lifecycle.ts';
import { customerKinds } from '../../domain/change.ts';
import { finding, findingKey } from '../../domain/findings/finding.ts';

/** What people are told of a change that did not go as asked. */
export const reportConflict = (sql: Sql, row: ChangeRow, message: string) =>
  report(sql, [finding('change-failed', factsAbout(row, message))]);

export const reportAmbiguous = (sql: Sql, row: ChangeRow, message: string) =>
  report(sql, [finding('change-ambiguous', factsAbout(row, message))]);

/** The findings that end once the distributor shows what was wanted. */
export const keysAbout = ({ connectionId, subscriptionId, id }: ChangeRow) => [
  ...[subscriptionId, id].flatMap((about) =>
    about === null ? [] : [findingKey('change-failed', connectionId, about)],
  ),
  ...[subscriptionId, id].flatMap((about) =>
    about === null ? [] : [findingKey('change-ambiguous', connectionId, about)],
  ),
];

const factsAbout = (row: ChangeRow, said: string) => ({
  integrationId: row.integrationId,
  connectionId: row.connectionId,
  changeId: row.id,
  customerId: row.customerId,
  subscriptionId: row.subscriptionId,
  wanted: row.wanted,
  base: row.base,
  entity: 'change' as const,
  said,
});

export const isNew = ({ kind }: ChangeRow) => kind === 'create' || kind === 'create-customer';

export const nothingOf = ({ kind }: ChangeRow) =>
  customerKinds.includes(kind) ? 'no such customer' : 'no such subscription';

export const describe = (
  { kind }: ChangeRow,
  seen: { quantity: string | null; status: string; autoRenew: boolean | null },
) =>
  kind === 'quantity' || kind === 'create'
    ? `${seen.quantity ?? 'no'} seats`
    : kind === 'auto-renew'
      ? `auto-renew ${seen.autoRenew ? 'on' : 'off'}`
      : kind === 'update-customer'
        ? 'the customer with other data'
        : `the status ${seen.status}`;
