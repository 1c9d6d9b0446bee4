import type { Actor } from '../../domain/actor.ts';
import type { Queryable } from '../sql.ts';

/** One change, as stored in the audit. Never a secret: of a changed credential only that it changed. */
export interface AuditEntry {
  /** `<what>.<done>` */
  action: string;
  target: readonly [kind: string, id: string];
  integrationId?: string | null;
  importId?: string | null;
  itemId?: string | null;
  before?: Record<string, unknown> | null;
  after?: Record<string, unknown> | null;
}

const columns = {
  actor_kind: 'text', actor_name: 'text', actor_id: 'text', action: 'text', target_kind: 'text', target_id: 'text',
  integration_id: 'uuid', import_id: 'uuid', item_id: 'uuid', before: 'jsonb', after: 'jsonb',
}; // biome-ignore format: a table
const names = Object.keys(columns).join(', ');
const typed = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
const [head, tail] = [
  `insert into audit (${names}) select ${names} from jsonb_to_recordset(`,
  `::text::jsonb) as r(${typed.join(', ')})`,
];

/**
 * Appends audit entries as the last statement of the transaction that makes the change: from here to its commit every
 * other audited change waits, so that the chain has one order.
 */
export async function record(tx: Queryable, by: Actor, ...entries: AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map(({ action, target, ...entry }) => ({
    actor_kind: by.kind, actor_name: by.name, actor_id: by.id, action, target_kind: target[0], target_id: target[1],
    integration_id: entry.integrationId, import_id: entry.importId, item_id: entry.itemId,
    before: entry.before, after: entry.after,
  })); // biome-ignore format: a row
  await tx.unsafe(`${head}$1${tail}`, [JSON.stringify(rows)]);
}
