import type { PendingQuery, Row, Sql, TransactionSql } from 'postgres';
import { v7 as uuid } from 'uuid';
import { Failure } from '../../domain/failure.ts';
import type { ImportKind, WriteAction, WriteState, WrittenEntity } from '../../domain/kinds.ts';
import type { Licence, LicenceFields } from '../../domain/licence.ts';
import { matchKey } from '../../domain/names.ts';
import { adoptions } from '../../domain/rules.ts';
import { recordWrites } from '../audit/outside-writes.ts';
import { isWithheld, withhold } from '../integrations/customer-modes.ts';
import { ledgerRow } from '../ledger/rows.ts';
import { writeRows } from '../ledger/upsert.ts';
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

const itemIds = (items: PlannedItem[]) => items.map(({ id }) => id);

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
const maximumTries = 4;

/** A planned item whose writes had no effect, one time after another. */
export interface Stuck {
  item: PlannedItem;
  /** Why the last of them had none. */
  message: string | null;
  /** Another write of this import succeeded between its tries … */
  othersWorked: boolean;
  /** … or since the last of them. */
  worksAgain: boolean;
  /** A write of it is not settled yet. */
  open: boolean;
  /** Milliseconds since its first try or, if later, the last success of this import. */
  quietMs: number;
}

/** The planned items tried that often, least recently tried first. */
export async function stuckItems(sql: Sql, importId: string): Promise<Stuck[]> {
  const rows = await sql<(PlannedItem & Omit<Stuck, 'item'>)[]>`
    with tried as (
      select i.id, min(w.begun_at) as first, max(w.begun_at) as last
      from items i join writes w on w.import_id = i.import_id and w.state = 'retried' and w.read_backs > 0 and w.item_ids ? i.id::text
      where i.import_id = ${importId} and i.outcome = 'planned' and i.write_id is not null
      group by i.id having count(*) >= ${maximumTries}
    ), worked as (select ended_at as at from writes where import_id = ${importId} and state = 'confirmed')
    select ${itemColumns(sql)}, w.message, w.state in ('intended', 'ambiguous') as open,
      exists (select 1 from worked where at between t.first and t.last) as "othersWorked",
      exists (select 1 from worked where at > t.last) as "worksAgain",
      extract(epoch from clock_timestamp() - greatest(t.first, (select max(at) from worked)))::float8 * 1000 as "quietMs"
    from tried t join items i on i.id = t.id join writes w on w.id = i.write_id order by t.last, i.seq`;
  return rows.map(({ message, othersWorked, worksAgain, open, quietMs, ...item }) => ({
    item, message, othersWorked, worksAgain, open, quietMs,
  })); // biome-ignore format: one record
}

/** How many items of this import failed because their writes had no effect. */
export async function countFailedInVain(sql: Sql, importId: string): Promise<number> {
  const [row] = await sql<{ failed: number }[]>`
    select count(*)::int as failed from items where import_id = ${importId} and outcome = 'failed' and write_id in
      (select id from writes where import_id = ${importId} and state = 'retried')`;
  return row!.failed;
}

/** Settles the write; items it did not achieve are planned again. */
export const settleWrite = (
  sql: Sql | TransactionSql,
  write: Write,
  state: Exclude<WriteState, 'intended' | 'ambiguous'>,
  message: string | null = null,
) => sql`
  update writes set state = ${state}, message = coalesce(${message}, message), ended_at = now() where id = ${write.id}`;

/** The names of the items' customers and clients. */
export async function namesOf(
  sql: Sql,
  { integrationId }: Pick<Target, 'integrationId'>,
  items: PlannedItem[],
): Promise<(item: PlannedItem) => { customerName: string | null; clientName: string | null }> {
  const rows = await sql<{ what: string; id: string; name: string }[]>`
    select 'customer' as what, c.id, c.name from customers c join integrations n on n.id = ${integrationId} and n.source_id = c.connection_id
      where c.id in (select jsonb_array_elements_text(${JSON.stringify(items.map((item) => item.customerId))}::text::jsonb))
    union all
    select 'client', c.id, c.name from clients c join integrations n on n.id = ${integrationId} and n.destination_id = c.connection_id
      where c.id in (select jsonb_array_elements_text(${JSON.stringify(items.map((item) => item.clientId))}::text::jsonb))`;
  const names = new Map(rows.map(({ what, id, name }) => [`${what} ${id}`, name]));
  return ({ customerId, clientId }) => ({
    customerName: names.get(`customer ${customerId}`) ?? null,
    clientName: names.get(`client ${clientId}`) ?? null,
  });
}

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

/**
 * Returns which of these licences no ambiguous write of this import can have created: listed before its first write, or
 * known as the licence of a subscription.
 */
export async function knownLicences(
  sql: Sql,
  { importId, destinationId }: Pick<Target, 'importId' | 'destinationId'>,
  ids: string[],
): Promise<Set<string>> {
  const rows = await sql<{ id: string }[]>`
    select id from licences where connection_id = ${destinationId} and id in ${inIds(sql, ids)}
      and valid_from < (select min(begun_at) from writes where import_id = ${importId})
    union all
    select b.record_id from baselines b join integrations n on n.id = b.integration_id and n.destination_id = ${destinationId}
    where b.entity = 'licence' and b.record_id in ${inIds(sql, ids)}`;
  return new Set(rows.map(({ id }) => id));
}

/**
 * Returns the greatest id of a licence that existed at the destination before any of these items was first written;
 * whatever was created for them has a greater one. null if none is known.
 */
export async function newestBefore(
  sql: Sql,
  { importId, destinationId }: Pick<Target, 'importId' | 'destinationId'>,
  items: PlannedItem[],
): Promise<string | null> {
  const [row] = await sql<{ id: string }[]>`
    select id from licences where connection_id = ${destinationId} and valid_from < (
      select min(begun_at) from writes where import_id = ${importId} and item_ids ?| array(
        select jsonb_array_elements_text(${JSON.stringify(itemIds(items))}::text::jsonb)))
    order by length(id) desc, id desc limit 1`;
  return row?.id ?? null;
}

/** Licences as last read. */
export async function mirroredLicences(sql: Sql, connectionId: string, ids: string[]): Promise<Licence[]> {
  const rows = await sql<(Omit<Licence, keyof LicenceFields | 'marker'> & { fields: LicenceFields })[]>`
    select id, client_id as "clientId", link_id as "linkId", deleted, unreadable, fields from licences
    where connection_id = ${connectionId} and id in ${inIds(sql, ids)}`;
  return rows.map(({ fields, ...row }) => ({ ...fields, ...row, marker: null }));
}

export interface Confirmed {
  item: PlannedItem;
  /** The row the destination returned; null if it returned none. */
  licence: Licence | null;
}

/**
 * Confirms written licences: their rows, what was sent and what was returned become the baseline. A field of the
 * destination's that was not written keeps its baseline, so that an edit is still recognised.
 */
export async function confirmLicences(sql: Sql, target: Target, done: Confirmed[]): Promise<void> {
  if (done.length === 0) return;
  const mirrors = done.map(({ licence }) => licence && ledgerRow('licences', licence));
  const rows = done.map(({ item, licence }, i) => {
    const mirror = mirrors[i];
    return {
      item: item.id, external_id: item.externalId, record_id: licence?.id ?? item.recordId, created: item.action === 'create',
      adopted: adoptions.includes(item.rule), sent: item.after, returned: mirror && JSON.parse(mirror.columns).fields, hash: mirror?.hash ?? null,
      // An ended licence stays ended, whether or not it was active before.
      active: item.action === 'deactivate' ? false : (item.after.active ?? null),
    }; // biome-ignore format: a row
  });
  await sql.begin(async (tx) => {
    await writeRows(
      tx,
      target.destinationId,
      'licences',
      mirrors.filter((mirror) => mirror !== null),
    );
    await tx`
      with done as (
        -- A row listed anew since this import's listing is not what was written: the next plan looks at it.
        select d.*, case when s.valid_from <= c.finished_at then s.hash || ${target.optionsKey} end as source_hash,
          pick_keys(licence_wanted.wanted, '{name,unitPrice}') as their_wanted
        from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
          as d(item uuid, external_id text, record_id text, created boolean, adopted boolean, sent jsonb, returned jsonb, hash text, active boolean)
        join imports i on i.id = ${target.importId}
        join integrations n on n.id = i.integration_id
        left join collections c on c.id = i.collection_id
        left join subscriptions s on s.connection_id = n.source_id and s.id = d.external_id
        left join lateral (select subscription_to_licence(s, '', n.options ->> 'timeZone', n.options ->> 'currency') as wanted) licence_wanted on s.id is not null
      ), kept as (
        -- What a person changed and we left alone.
        select d.item, f.field, coalesce(b.returned, d.their_wanted) -> f.field as value
        from done d
        left join baselines b on b.integration_id = ${target.integrationId} and b.entity = 'licence' and b.external_id = d.external_id
        cross join (
          select * from (values ('name'), ('unitPrice')) f(field)
          union select r ->> 'field' from integrations n, jsonb_array_elements(coalesce(n.options -> 'ownership', '[]')) r
          where n.id = ${target.integrationId} and r ->> 'owner' = 'ask'
        ) f(field)
        where not d.created and not d.sent ? f.field and (b.returned is not null or d.adopted)
          and coalesce(b.returned, d.their_wanted) ? f.field
          and comparable(f.field, coalesce(b.returned, d.their_wanted) ->> f.field) is distinct from comparable(f.field, d.returned ->> f.field)
      )
      insert into baselines as b (integration_id, entity, external_id, record_id, source_hash, sent, returned, returned_hash, active, created_by_us, import_id)
      select ${target.integrationId}, 'licence', d.external_id, d.record_id, d.source_hash,
        case when d.adopted then d.returned || coalesce(d.their_wanted, '{}') || d.sent else d.sent end,
        case when d.returned is not null then d.returned || coalesce((select jsonb_object_agg(k.field, k.value) from kept k where k.item = d.item), '{}') end,
        case when not exists (select 1 from kept k where k.item = d.item) then d.hash end,
        coalesce(d.active, (select o.active from baselines o where o.integration_id = ${target.integrationId}
          and o.entity = 'licence' and o.external_id = d.external_id), true), d.created, ${target.importId}
      from done d
      on conflict (integration_id, entity, external_id) do update set
        record_id = excluded.record_id, source_hash = excluded.source_hash, sent = b.sent || excluded.sent,
        returned = excluded.returned, returned_hash = excluded.returned_hash,
        active = excluded.active, created_by_us = b.created_by_us or excluded.created_by_us,
        import_id = excluded.import_id, updated_at = now()`;
    await tx`
      update items i set outcome = 'applied', record_id = d.record_id
      from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as d(item uuid, record_id text) where i.id = d.item`;
    await tx`
      delete from decisions d using items i
      where i.id in (select jsonb_array_elements_text(${JSON.stringify(rows.map((row) => row.item))}::text::jsonb)::uuid)
        and d.integration_id = ${target.integrationId} and d.entity = 'subscription' and d.external_id = i.external_id
        and d.decision in ('approve', 'adopt', 'deactivate', 'takeOurs')`;
    const ids = rows.map((row) => row.item);
    await itemEvents(tx, target.importId, ids);
    await recordWrites(tx, target.importId, ids);
  });
}

/** Confirms a client as created or found: maps it, mirrors it and stores its baseline. `origin` is the mapping's. */
export async function confirmClient(
  sql: Sql,
  target: Target,
  item: PlannedItem,
  client: {
    id: string;
    name: string;
    inactive: boolean;
    topLevelId: string | null;
    mainSiteId: string | null;
  },
  origin: 'created' | 'uid',
): Promise<void> {
  await sql.begin(async (tx) => {
    await writeRows(tx, target.destinationId, 'clients', [ledgerRow('clients', client)]);
    await tx`
      insert into mappings (integration_id, customer_id, client_id, origin, created_by)
      select ${target.integrationId}, ${item.externalId}, ${client.id}, ${origin}, started_by from imports where id = ${target.importId}
      on conflict (integration_id, customer_id) do update
        set client_id = excluded.client_id, origin = excluded.origin, created_by = excluded.created_by, batch_id = null`;
    if (origin === 'created') {
      await tx`
        insert into baselines (integration_id, entity, external_id, record_id, sent, created_by_us, import_id)
        values (${target.integrationId}, 'client', ${item.externalId}, ${client.id}, ${tx.json(item.after as never)}, true, ${target.importId})
        on conflict (integration_id, entity, external_id) do update set
          record_id = excluded.record_id, sent = excluded.sent, created_by_us = true, updated_at = now()`;
    }
    await tx`update items set outcome = 'applied', record_id = ${client.id}, client_id = ${client.id} where id = ${item.id}`;
    await itemEvents(tx, target.importId, [item.id]);
    await recordWrites(tx, target.importId, [item.id]);
  });
}

/** Stores the written address as the baseline. */
export async function confirmAddress(sql: Sql, target: Target, item: PlannedItem): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`update baselines set sent = sent || ${tx.json(item.after as never)}, updated_at = now()
      where integration_id = ${target.integrationId} and entity = 'client' and external_id = ${item.externalId}`;
    await tx`update items set outcome = 'applied' where id = ${item.id}`;
    await itemEvents(tx, target.importId, [item.id]);
    await recordWrites(tx, target.importId, [item.id]);
  });
}
