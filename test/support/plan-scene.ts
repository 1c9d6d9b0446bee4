import { randomUUID } from 'node:crypto';
import type { Database } from '../../db/client.ts';
import { planCustomers } from '../../db/planner/customers.ts';
import { planFindings } from '../../db/planner/findings.ts';
import { guardShrink, unguarded } from '../../db/planner/guards.ts';
import { planScope } from '../../db/planner/scope.ts';
import { planSubscriptions } from '../../db/planner/subscriptions.ts';
import type { IntegrationOptions } from '../../db/schema.ts';
import { bulkTransaction } from '../../db/sql.ts';
import { linkType } from '../../domain/licence.ts';
import { matchKey } from '../../domain/names.ts';
import type { Subscription } from '../../domain/subscription.ts';
import { aSubscription } from './listing.ts';

// biome-ignore lint/suspicious/noExplicitAny: each test knows the values it asks for
type Any = any;
type Row = Record<string, unknown>;

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);

/**
 * What a plan is made from, as rows: a distributor's ledger, a destination's mirror, what we last wrote. Customer `C1`
 * is mapped to client `1` unless a test says otherwise.
 */
export class PlanScene {
  readonly source = randomUUID();
  readonly destination = randomUUID();
  readonly integration = randomUUID();

  private constructor(readonly db: Database) {}

  static async open(db: Database, options: Partial<IntegrationOptions> = {}): Promise<PlanScene> {
    const scene = new PlanScene(db);
    const all = {
      topLevelId: null, createClients: true, updateMainSiteAddress: false, shrinkLimitPercent: 10, currency: null,
      timeZone: 'UTC', ...options,
    }; // biome-ignore format: options
    await scene.insert('connections', {
      id: scene.source,
      kind: 'arrowsphere',
      role: 'distributor',
      name: 'A',
      settings: {},
      identity: scene.source,
    });
    await scene.insert('connections', {
      id: scene.destination,
      kind: 'halopsa',
      role: 'destination',
      name: 'H',
      settings: {},
      identity: scene.destination,
    });
    await scene.insert('integrations', {
      id: scene.integration,
      name: 'I',
      source_id: scene.source,
      destination_id: scene.destination,
      options: all,
    });
    return scene;
  }

  async insert(table: string, row: Row): Promise<void> {
    const names = Object.keys(row);
    await this.db.sql.unsafe(
      `insert into ${table} (${names.map((name) => `"${name}"`).join()}) select ${names.map((name) => `r."${name}"`).join()}
       from jsonb_populate_record(null::${table}, $1::text::jsonb) r`,
      [JSON.stringify(row)],
    );
  }

  /** A customer, and the client it is mapped to unless `client` is null. */
  async customer(
    id: string,
    {
      client = id.slice(1),
      name = `Customer ${id}`,
      ...more
    }: { client?: string | null; name?: string } & Row = {},
  ) {
    await this.insert('customers', {
      connection_id: this.source,
      id,
      hash: id,
      valid_from: hoursAgo(9),
      name,
      match_key: matchKey(name),
      status: 'active',
      own: false,
      raw: {},
      unreadable: [],
      ...more,
    });
    if (client === null) return;
    await this.client(client, { name });
    await this.insert('mappings', {
      integration_id: this.integration,
      customer_id: id,
      client_id: client,
      origin: 'created',
      created_at: new Date(),
    });
  }

  client = (id: string, { name = `Client ${id}`, ...more }: { name?: string } & Row = {}) =>
    this.insert('clients', {
      connection_id: this.destination,
      id,
      hash: id,
      valid_from: hoursAgo(9),
      name,
      match_key: matchKey(name),
      inactive: false,
      unreadable: [],
      ...more,
    });

  subscription = async (id: string, more: Partial<Subscription> = {}) => {
    const row = aSubscription(id, 'C1', {
      unitCost: '2',
      unitPrice: '3',
      currency: 'EUR',
      billingCycle: 'monthly',
      ...more,
    });
    const cells = Object.entries(row).map(([key, value]) => [
      key.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
      value,
    ]);
    await this.insert('subscriptions', {
      ...Object.fromEntries(cells),
      connection_id: this.source,
      hash: id,
      valid_from: hoursAgo(9),
      raw: {},
    });
  };

  /** The licence that a subscription is at the destination, as far as `fields` do not say otherwise. */
  async licence(id: string, of: string, { fields = {}, ...more }: { fields?: Row } & Row = {}) {
    await this.db.sql`
      insert into licences (connection_id, id, hash, client_id, distributor, active, deleted, fields)
      select ${this.destination}, ${id}, ${id}, m.client_id, 'ArrowSphere', true, false,
        subscription_to_licence(s, 'ArrowSphere', 'UTC', null) || ${this.db.sql.json(fields as Any)}
      from subscriptions s left join mappings m on m.integration_id = ${this.integration} and m.customer_id = s.customer_id
      where s.connection_id = ${this.source} and s.id = ${of}`;
    if (Object.keys(more).length > 0)
      await this.db
        .sql`update licences set ${this.db.sql(more as Any)} where connection_id = ${this.destination} and id = ${id}`;
  }

  /** We wrote this subscription as it is now, and the destination answered with the same; `sent` says what else was. */
  async written(id: string, licence: string, { sent = {}, ...more }: { sent?: Row } & Row = {}) {
    await this.db.sql`
      insert into baselines (integration_id, entity, external_id, record_id, source_hash, sent, returned, returned_hash, active, created_by_us)
      select ${this.integration}, 'licence', s.id, ${licence}, 'older', l.wanted || jsonb_build_object('clientId', m.client_id) || ${this.db.sql.json(sent as Any)},
        l.wanted || ${this.db.sql.json(sent as Any)}, 'older', true, true
      from subscriptions s left join mappings m on m.integration_id = ${this.integration} and m.customer_id = s.customer_id,
        lateral (select subscription_to_licence(s, 'ArrowSphere', 'UTC', null) as wanted) l
      where s.connection_id = ${this.source} and s.id = ${id}`;
    if (Object.keys(more).length > 0)
      await this.db
        .sql`update baselines set ${this.db.sql(more as Any)} where integration_id = ${this.integration} and external_id = ${id}`;
  }

  /** A subscription whose licence we wrote and that has not changed since. */
  async ours(id: string, { licence = `L${id}`, ...more }: { licence?: string } & Partial<Subscription> = {}) {
    await this.subscription(id, more);
    await this.licence(licence, id);
    await this.written(id, licence);
  }

  link = (record: string, externalId: string, more: Row = {}) =>
    this.insert('links', {
      connection_id: this.destination,
      id: `${record}-${externalId}`,
      hash: record,
      valid_from: hoursAgo(9),
      record_id: record,
      third_party_id: externalId,
      third_party_type: linkType('arrowsphere', this.source, 'subscription'),
      unreadable: [],
      ...more,
    });

  decide = (externalId: string, decision: string, entity = 'subscription') =>
    this.insert('decisions', {
      integration_id: this.integration,
      entity,
      external_id: externalId,
      decision,
      at: new Date(),
    });

  absent = (id: string, hours = 2, kind = 'subscriptions') =>
    this.insert('absences', { connection_id: this.source, kind, id, since: hoursAgo(hours) });

  /** A listing of these ids; by customer where scopes are given, `failed` being those that could not be listed. */
  async listed(
    kind: 'customers' | 'subscriptions',
    ids: string[],
    {
      state = 'complete',
      scopes = [''],
      failed = [],
      hours = 0,
      completeness = null,
    }: {
      state?: string;
      scopes?: string[];
      failed?: string[];
      hours?: number;
      completeness?: Row | null;
    } = {},
  ): Promise<string> {
    const id = randomUUID();
    await this.insert('collections', {
      id,
      connection_id: this.source,
      kind,
      state,
      attempt: 1,
      started_at: hoursAgo(hours),
      finished_at: hoursAgo(hours),
      completeness,
    });
    for (const scope of [...scopes, ...failed])
      await this.insert('collection_scopes', {
        collection_id: id,
        attempt: 1,
        scope,
        state: failed.includes(scope) ? 'failed' : 'listed',
        problem: 'No.',
      });
    await this.insert('collection_pages', {
      collection_id: id,
      attempt: 1,
      scope: scopes[0] ?? '',
      cursor: '1',
      ids,
      received: ids.length,
      unreadable: 0,
      nameless: 0,
    });
    return id;
  }

  /** Plans on a listing that showed these ids; answers its items by distributor's id, its findings and its numbers. */
  async plan(
    kind: 'customers' | 'subscriptions',
    ids: string[],
    {
      customerIds = null,
      ...listing
    }: { customerIds?: string[] | null } & Parameters<PlanScene['listed']>[2] = {},
  ): Promise<{ items: Record<string, Any>; findings: Any[]; unchanged: number }> {
    const { sql } = this.db;
    const collectionId = await this.listed(kind, ids, listing);
    const importId = randomUUID();
    await sql`update imports set state = 'completed' where integration_id = ${this.integration}`;
    await this.insert('imports', {
      id: importId,
      integration_id: this.integration,
      kind,
      mode: 'apply',
      trigger: 'manual',
      customer_ids: customerIds,
      collection_id: collectionId,
      state: 'running',
      cancelling: false,
      progress: {},
      counts: {},
      last_event: 0,
      started_at: new Date(),
    });
    const scope = await planScope(sql, importId, { arrowsphere: 'ArrowSphere' });
    const { unchanged, guarded } = await bulkTransaction(sql, async (tx) => {
      const { unchanged } =
        kind === 'customers' ? await planCustomers(tx, scope) : await planSubscriptions(tx, scope, true);
      return { unchanged, guarded: kind === 'subscriptions' ? await guardShrink(tx, scope) : unguarded };
    });
    const rows = await sql<
      Any[]
    >`select external_id, action, rule, outcome, before, after, held, message, record_id, client_id from items where import_id = ${importId} order by seq`;
    return {
      items: Object.fromEntries(rows.map(({ external_id, ...row }) => [external_id, row])),
      findings: await planFindings(sql, scope, kind, guarded),
      unchanged,
    };
  }
}
