import { randomUUID } from 'node:crypto';
import type { Database } from '../../../../db/client.ts';
import { findingKey } from '../../../../domain/findings/finding.ts';
import { matchKey } from '../../../../domain/names.ts';
import type { CustomerWorld } from './customer-model.ts';
import type { World } from './subscription-model.ts';

type Row = Record<string, unknown>;
export interface Placed {
  integration: string;
  importId: string;
}

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
const snake = (row: object): Row =>
  Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
      value,
    ]),
  );

/** Puts worlds into one database, each with connections and integrations of its own, ready to be planned. */
export const place = (db: Database, worlds: World[]) => placed(db, worlds, rowsOf);
export const placeCustomers = (db: Database, worlds: CustomerWorld[]) => placed(db, worlds, customerRows);

type Add = (table: string, row: Row) => void;
async function placed<Of>(
  { sql }: Database,
  worlds: Of[],
  rowsOf: (world: Of, add: Add) => Placed,
): Promise<Placed[]> {
  const rows = new Map<string, Row[]>();
  const add: Add = (table, row) => {
    const some = rows.get(table) ?? [];
    some.push(row);
    rows.set(table, some);
  };
  const all = worlds.map((world) => rowsOf(world, add));
  // In the order in which the first row of each table was added, which is the order they refer to one another.
  for (const [table, every] of rows) {
    for (const names of new Set(every.map((row) => Object.keys(row).join()))) {
      const some = every.filter((row) => Object.keys(row).join() === names);
      const columns = names.split(',').map((name) => `"${name}"`);
      await sql.unsafe(
        `insert into ${table} (${columns.join()}) select ${columns.map((name) => `r.${name}`).join()}
         from jsonb_populate_recordset(null::${table}, $1::text::jsonb) r`,
        [JSON.stringify(some)],
      );
    }
  }
  return all;
}

/** The connections, an integration with a rival, and an import that is about to plan. */
function started(kind: string, more: Row, customerIds: string[] | null, add: Add) {
  const [source, other, destination, integration, rival, importId, collection] = Array.from({ length: 7 }, () =>
    randomUUID(),
  ) as [string, string, string, string, string, string, string];
  const connection = (id: string, kind: string, role: string) =>
    add('connections', { id, kind, role, name: id, settings: {}, identity: kind === 'arrowsphere' ? 'A' : id });
  connection(source, 'arrowsphere', 'distributor');
  connection(other, 'arrowsphere', 'distributor');
  connection(destination, 'halopsa', 'destination');
  const options = {
    topLevelId: null, createClients: true, updateMainSiteAddress: false, shrinkLimitPercent: 10, currency: null, timeZone: 'UTC', ...more,
  }; // biome-ignore format: options
  for (const [id, from] of [
    [integration, source],
    [rival, other],
  ])
    add('integrations', { id, name: id, source_id: from, destination_id: destination, options });
  add('imports', {
    id: importId, integration_id: integration, kind, mode: 'apply', trigger: 'manual', customer_ids: customerIds,
    collection_id: collection, state: 'running', cancelling: false, progress: {}, counts: {}, last_event: 0, started_at: new Date(),
  }); // biome-ignore format: a row
  const listed = (id: string, kind: string, hours: number, state: string, completeness: Row | null = null) =>
    add('collections', {
      id, connection_id: source, kind, attempt: 1, state, started_at: hoursAgo(hours), finished_at: hoursAgo(hours), completeness,
      customer_ids: id === collection ? customerIds : null, repeated: [],
    }); // biome-ignore format: a row
  const showing = (ids: string[]) =>
    add('collection_pages', {
      collection_id: collection, attempt: 1, scope: '', cursor: '1', received: 0, unreadable: 0, nameless: 0, ids,
    }); // biome-ignore format: a row
  const row = (id: string, connection = source) => ({ connection_id: connection, id, valid_from: hoursAgo(9) });
  const doubt = (externalId: string) =>
    add('findings', {
      id: randomUUID(), key: findingKey('ambiguous-write', integration, externalId), kind: 'ambiguous-write', subject: {}, message: '',
      cause: '', severity: 'warning', state: 'open', actions: [], opened_at: new Date(),
    }); // biome-ignore format: a row
  const decided = (entity: string) => (externalId: string, decision: string, fields: string[] | 'all' | null) =>
    add('decisions', {
      integration_id: integration, entity, external_id: externalId, decision, at: new Date(), fields: fields === 'all' ? null : fields,
    }); // biome-ignore format: a row
  const map = (customerId: string, clientId: string | null) =>
    add('mappings', { integration_id: integration, customer_id: customerId, client_id: clientId, origin: 'manual', created_at: new Date() });
  return { source, destination, integration, rival, importId, collection, listed, showing, row, doubt, decided, map };
} // biome-ignore format: rows

function customerRows(world: CustomerWorld, add: Add): Placed {
  const { createClients, updateMainSiteAddress, chosen } = world;
  const to = started('customers', { createClients, updateMainSiteAddress }, chosen, add);
  const { row, destination, integration, importId } = to;
  to.listed(to.collection, 'customers', 0, 'complete');
  to.showing(world.customers.filter(({ shown }) => shown).map(({ id }) => id));
  const decide = to.decided('customer');
  const street = (line: string | null) => line && { line1: line };
  for (const client of world.clients) {
    const { id, name, inactive, unreadable, mainSite, link } = client;
    add('clients', {
      ...row(id, destination), hash: id, name, match_key: matchKey(name), inactive, main_site_id: mainSite ? `m${id}` : null,
      unreadable: unreadable ? ['name'] : [],
    });
    if (link !== null)
      add('links', { ...row(`l${id}`, destination), hash: id, record_id: id, third_party_id: link, third_party_type: 'arrowsphere:A:customer', unreadable: [] });
  }
  for (const customer of world.customers) {
    const { id, name, status, own, address, unreadable, mapped, made } = customer;
    add('customers', { ...row(id), hash: id, name, match_key: matchKey(name), status, own, address: street(address), raw: {}, unreadable });
    if (mapped !== null) to.map(id, mapped === 'create' ? null : mapped);
    if (made && mapped !== null && mapped !== 'create')
      add('baselines', {
        integration_id: integration, entity: 'client', external_id: id, record_id: mapped, sent: { name, address: street(made.address) },
        active: true, created_by_us: true, updated_at: new Date(),
      });
    if (customer.dismissed) decide(id, 'dismiss', customer.dismissed);
    if (customer.doubtful) to.doubt(id);
  }
  return { integration, importId };
} // biome-ignore format: rows

function rowsOf(world: World, add: Add): Placed {
  const { shrinkLimitPercent, currency, ownership, chosen } = world;
  const options = {
    shrinkLimitPercent, currency, timeZone: world.berlin ? 'Europe/Berlin' : 'UTC', ...(ownership.length > 0 && { ownership }),
  }; // biome-ignore format: options
  const to = started('subscriptions', options, chosen, add);
  const { row, source, destination, integration, rival, importId, collection } = to;
  to.listed(randomUUID(), 'customers', world.customersListed, 'complete');
  const state = world.listing === 'complete' ? 'complete' : 'incomplete';
  to.listed(collection, 'subscriptions', 0, state, { accounted: world.listing !== 'incomplete' });
  to.showing(world.subs.filter(({ shown }) => shown).map(({ id }) => id));
  const asked = world.customers.filter(
    ({ leftHours }) => leftHours === null || leftHours < world.customersListed + 1,
  );
  for (const scope of world.byCustomer ? asked.map(({ id }) => id) : [''])
    add('collection_scopes', {
      collection_id: collection, attempt: 1, scope, state: world.failed.includes(scope) ? 'failed' : 'listed', problem: null,
    }); // biome-ignore format: a row
  const gone = (kind: string, id: string, hours: number | null) =>
    hours !== null && add('absences', { connection_id: source, kind, id, since: hoursAgo(hours) });
  for (const { id, clientId, client, leftHours } of world.customers) {
    add('customers', { ...row(id), hash: id, name: id, match_key: id, status: 'active', own: false, raw: {}, unreadable: [] });
    gone('customers', id, leftHours);
    // A client that is still to be made is no client yet.
    if (clientId !== null || id === 'c2')
      to.map(id, clientId);
    if (clientId !== null && client !== 'gone')
      add('clients', { ...row(clientId, destination), hash: id, name: id, match_key: id, inactive: client === 'inactive', unreadable: [] });
  } // biome-ignore format: rows

  const decide = to.decided('subscription');
  const hash = (value: unknown) => JSON.stringify(value);
  for (const line of world.lines) {
    const { id, clientId, distributor, active, deleted, fields, unreadable } = line;
    const content = hash([clientId, fields, deleted, unreadable]);
    add('licences', { ...row(id, destination), hash: content, client_id: clientId, distributor, active, deleted, fields, unreadable });
    for (const [n, link] of line.links.entries())
      add('links', { ...row(`${id}-${n}`, destination), hash: id, record_id: id, third_party_id: link.id, third_party_type: link.type, unreadable: [] });
    if (line.rival)
      add('baselines', {
        integration_id: rival, entity: 'licence', external_id: `of ${id}`, record_id: id, source_hash: '', sent: {}, returned: {},
        returned_hash: '', active: true, created_by_us: true, updated_at: new Date(),
      });
  } // biome-ignore format: rows
  for (const sub of world.subs) {
    const { id, customerId, now, base } = sub;
    add('subscriptions', { ...snake(now), ...row(id), customer_id: customerId, hash: hash([customerId, now]), raw: {} });
    gone('subscriptions', id, sub.absentHours);
    if (base)
      add('baselines', {
        integration_id: integration, entity: 'licence', external_id: id, record_id: base.licenceId,
        source_hash: hash([customerId, base.was]), sent: base.sent, returned: base.returned,
        returned_hash: hash([base.sent.clientId, base.returned, false, []]),
        active: base.active, created_by_us: true, updated_at: new Date(),
      });
    if (sub.fate) decide(id, sub.fate, sub.adopts ? [sub.adopts] : sub.fate === 'dismiss' ? sub.dismissed : null);
    if (sub.takeOurs) decide(id, 'takeOurs', sub.takeOurs);
    if (sub.keepTheirs) decide(id, 'keepTheirs', sub.keepTheirs);
    if (sub.doubtful) to.doubt(id);
  } // biome-ignore format: rows
  return { integration, importId };
}
