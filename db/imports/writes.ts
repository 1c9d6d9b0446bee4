import type { PendingQuery, Row, Sql, TransactionSql } from 'postgres';
import { v7 as uuid } from 'uuid';
import { Failure } from '../../domain/failure.ts';
import type { ImportKind, WriteAction, WriteState, WrittenEntity } from '../../domain/kinds.ts';
import { matchKey } from '../../domain/names.ts';
import { isWithheld, withhold } from '../integrations/customer-modes.ts';
import type { MarkerSupport } from '../schema.ts';
import { inIds } from '../sql.ts';
import { claim, type Entity } from './claims.ts';
import { itemEvents } from './progress.ts';

/** The writes of an import: an intent before each request, its outcome afterwards. */

export interface PlannedItem {
  id: string;
  action: WriteAction;
  externalId: string;
  customerId: string;
  name: string;
  recordId: string | null;
  clientId: string | null;
  rule: string;
  after: Record<string, unknown>;
  /** How many of its writes are known to have had no effect. */
  tries: number;
}

export interface Write {
  id: string;
  importId: string;
  entity: WrittenEntity;
  action: WriteAction;
  items: PlannedItem[];
  state: Extract<WriteState, 'intended' | 'ambiguous'>;
  readBacks: number;
  /** Why it failed, as far as known. */
  message: string | null;
  /** Milliseconds since it started. */
  ageMs: number;
  /** Milliseconds until a read-back decides about it; 0 if it does now. */
  waitMs: number;
}

/** What all writes of an import share. */
export interface Target {
  importId: string;
  integrationId: string;
  destinationId: string;
  optionsKey: string;
}

/** The import's kind, the account it writes for, and where records of that kind keep our id (null if unknown). */
export async function writeTarget(sql: Sql, importId: string) {
  const [row] = await sql<{ kind: ImportKind; account: string; markerSupport: MarkerSupport | null }[]>`
    select i.kind, coalesce(s.identity, s.id::text) as account,
      d.traces ->> case i.kind when 'customers' then 'client' else 'licence' end as "markerSupport"
    from imports i join integrations n on n.id = i.integration_id
      join connections d on d.id = n.destination_id join connections s on s.id = n.source_id
    where i.id = ${importId}`;
  return row!;
}

export const itemColumns = (sql: Sql | TransactionSql) => sql`
  i.id, i.action, i.external_id as "externalId", i.customer_id as "customerId", coalesce(i.name, '') as name,
  i.record_id as "recordId", i.client_id as "clientId", i.rule, coalesce(i.after, '{}') as after,
  case when i.write_id is null then 0 else ${triesOf(sql)} end as tries`;

const triesOf = (
  sql: Sql | TransactionSql,
) => sql`(select count(*)::int from writes w where w.import_id = i.import_id
  and w.state = 'retried' and w.read_backs > 0 and w.item_ids ? i.id::text)`;

/**
 * The next items to write together: the first planned one and those after it with the same action. An item that failed
 * twice in a batch goes alone, and items of a batch differ in client or name, by which the answer is matched.
 * Items of `open` writes are skipped, and so are clients with a name that one of those may have created, and items
 * tried so often that `stuckItems` has them.
 */
export async function nextBatch(
  sql: Sql,
  importId: string,
  size: number,
  open: Write[] = [],
): Promise<PlannedItem[]> {
  await withhold(sql, importId);
  const ids = open.map(({ id }) => id);
  const planned = await sql<PlannedItem[]>`
    select ${itemColumns(sql)} from items i where import_id = ${importId} and outcome = 'planned'
      and (write_id is null or (write_id not in ${inIds(sql, ids, 'uuid')} and ${triesOf(sql)} < ${maximumTries}))
    order by seq limit ${size === 1 && open.length === 0 ? 1 : size + lookAhead}`;
  const clients = new Set(
    open.filter(({ entity }) => entity === 'client').flatMap(({ items }) => keysOf(items)),
  );
  const rows = clients.size === 0 ? planned : planned.filter((row) => !clients.has(keysOf([row])[0]!));
  const [first] = rows;
  if (!first || first.tries >= 2) return rows.slice(0, 1);
  const names = new Set<string>();
  const alike = (row: PlannedItem) => row.action === first.action && row.tries < 2;
  const end = rows.findIndex((row) => !alike(row));
  return rows
    .slice(0, end < 0 ? rows.length : end)
    .filter((row) => {
      const name = JSON.stringify([row.clientId, row.after.name ?? row.id]);
      return !names.has(name) && names.add(name);
    })
    .slice(0, size);
}

/** How many more items than a full batch are read, to fill the places of those skipped. */
const lookAhead = 150;

const keysOf = (items: PlannedItem[]) => items.map(({ name }) => matchKey(name));

/**
 * Stored before the request, so that there is always a record of what may have been done. An import has one request in
 * transit at a time, none after it has ended, even if another worker still runs it, and writes no item again before its
 * last write is settled.
 */
export async function intend(
  sql: Sql,
  importId: string,
  entity: Write['entity'],
  items: PlannedItem[],
): Promise<Write> {
  const id = uuid();
  await sql.begin((tx) => open(tx, id, importId, entity, items));
  return opened(id, importId, entity, items);
}

/**
 * The same for creates, of which no other import may hold the claim: `taken` are the items claimed elsewhere, the
 * intent is for the rest, and null if there is none.
 */
export async function intendCreate(
  sql: Sql,
  target: Target,
  entity: Entity,
  type: string,
  items: PlannedItem[],
): Promise<{ intent: Write | null; taken: PlannedItem[] }> {
  const { importId } = target;
  const id = uuid();
  return await sql.begin(async (tx) => {
    await open(tx, id, importId, entity, items);
    const taken = await claim(tx, target, { id, entity, type }, items);
    if (taken.length === 0) return { intent: opened(id, importId, entity, items), taken };
    const left = items.filter((item) => !taken.includes(item));
    await tx`update items set write_id = null where id in ${inIds(tx, itemIds(taken), 'uuid')}`;
    if (left.length === 0) {
      await tx`delete from writes where id = ${id}`;
      return { intent: null, taken };
    }
    await tx`update writes set item_ids = ${JSON.stringify(left.map((item) => item.id))}::text::jsonb where id = ${id}`;
    return { intent: opened(id, importId, entity, left), taken };
  });
}

async function open(
  tx: TransactionSql,
  id: string,
  importId: string,
  entity: Write['entity'],
  items: PlannedItem[],
) {
  const ids = JSON.stringify(items.map((item) => item.id));
  const [run] = await tx`
    select i.state, coalesce(n.options ->> 'mode', 'apply') as mode from imports i join integrations n on n.id = i.integration_id
    where i.id = ${importId} for update of i`;
  if (run?.state !== 'running')
    throw new Failure('invalid', 'The import has ended, so nothing more is written.', { retryable: false });
  if (run.mode !== 'apply')
    throw new Failure('invalid', `This integration is set to ${run.mode}, so nothing more is written.`, {
      retryable: false,
    });
  const claimed = await tx`
    update items i set write_id = ${id} where outcome = 'planned' and id in ${inIds(tx, itemIds(items), 'uuid')}
      and not ${isWithheld(tx, importId)}
      and not exists (select 1 from writes where import_id = ${importId} and state = 'intended')
      and not exists (select 1 from writes w where w.id = i.write_id and w.state = 'ambiguous')
    returning id`;
  if (claimed.length < items.length)
    throw new Failure('internal', 'Another worker is writing for this import.');
  await tx`insert into writes (id, import_id, entity, action, item_ids, state)
    values (${id}, ${importId}, ${entity}, ${items[0]!.action}, ${ids}::text::jsonb, 'intended')`;
}

export const itemIds = (items: PlannedItem[]) => items.map(({ id }) => id);

const opened = (id: string, importId: string, entity: Write['entity'], items: PlannedItem[]): Write => ({
  id, importId, entity, action: items[0]!.action, items, state: 'intended', readBacks: 0, message: null, ageMs: 0, waitMs: 0,
}); // biome-ignore format: a row

/** Writes whose outcome is unknown, oldest first: interrupted, or with an answer that could not be trusted. */
export const openWrites = (sql: Sql, importId: string) => unsettled(sql, sql`w.import_id = ${importId}`);

/** Open writes of earlier imports of the same integration and kind that were cancelled, failed or stopped. */
export const earlierWrites = (sql: Sql, importId: string) =>
  unsettled(
    sql,
    sql`w.import_id in (select e.id from imports e join imports i on i.integration_id = e.integration_id and i.kind = e.kind
      where i.id = ${importId} and e.id <> i.id and e.state <> 'running')`,
  );

async function unsettled(sql: Sql, which: PendingQuery<Row[]>): Promise<Write[]> {
  const rows = await sql<(Omit<Write, 'items' | 'waitMs'> & { wait: number | null })[]>`
    select id, import_id as "importId", entity, action, state, read_backs as "readBacks", message,
      extract(epoch from clock_timestamp() - begun_at)::float8 * 1000 as "ageMs",
      extract(epoch from read_back_at - clock_timestamp())::float8 * 1000 as wait
    from writes w where ${which} and state in ('intended', 'ambiguous') order by begun_at`;
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const items = await sql<(PlannedItem & { writeId: string })[]>`
    select ${itemColumns(sql)}, i.write_id as "writeId" from items i
    where write_id in ${inIds(sql, ids, 'uuid')} and outcome = 'planned' order by seq`;
  return rows.map(({ wait, ...row }) => ({
    ...row,
    items: items.filter(({ writeId }) => writeId === row.id),
    waitMs: Math.max(0, Math.ceil(wait ?? 0)),
  }));
}

/** A read-back decides only after `waitMs`: until then the request may be in transit. */
export const markAmbiguous = (sql: Sql, write: Write, waitMs: number, message: string) => sql`
  update writes set state = 'ambiguous', message = ${message},
    read_back_at = clock_timestamp() + ${waitMs}::float8 * interval '1 millisecond'
  where id = ${write.id}`;

/** Counts a read-back that did not find everything. */
export const noteReadBack = (sql: Sql, write: Write) => sql`
  update writes set read_backs = read_backs + 1 where id = ${write.id}`;

/** An item whose writes had no effect so often is stuck. */
export const maximumTries = 4;

/** Settles the write; items it did not achieve are planned again. */
export const settleWrite = (
  sql: Sql | TransactionSql,
  write: Write,
  state: Exclude<WriteState, 'intended' | 'ambiguous'>,
  message: string | null = null,
) => sql`
  update writes set state = ${state}, message = coalesce(${message}, message), ended_at = now() where id = ${write.id}`;

/** How many items of an import, or of the given ones, are written. */
export async function countApplied(sql: Sql, importId: string, among?: PlannedItem[]): Promise<number> {
  const ids = among && JSON.stringify(among.map(({ id }) => id));
  const [row] = await sql<{ applied: number }[]>`
    select count(*)::int as applied from items where import_id = ${importId} and outcome = 'applied'
      ${ids ? sql`and id in (select jsonb_array_elements_text(${ids}::text::jsonb)::uuid)` : sql``}`;
  return row!.applied;
}

export async function failItems(
  sql: Sql,
  importId: string,
  items: PlannedItem[],
  message: string,
  outcome: 'failed' | 'held' = 'failed',
): Promise<void> {
  const ids = items.map((item) => item.id);
  await sql`update items set outcome = ${outcome}, message = ${message}
    where id in (select jsonb_array_elements_text(${JSON.stringify(ids)}::text::jsonb)::uuid)`;
  await itemEvents(sql, importId, ids);
}
