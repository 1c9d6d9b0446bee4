import { Context } from '@temporalio/activity';
import type { NewClient, NewLicence, PushDestination } from '../connectors/contract.ts';
import { planScope } from '../db/plan.ts';
import { report } from '../db/reports.ts';
import { progress } from '../db/runs.ts';
import type { Trace } from '../db/schema.ts';
import {
  type Confirmed, confirmAddress, confirmClient, confirmLicences, doubt, earlierWrite, failItems, intend, nextBatch, openWrite,
  type PlannedItem, settleWrite, type Target, triedInVain, type Write,
} from '../db/writes.ts'; // biome-ignore format: one list
import type { Address } from '../domain/customer.ts';
import { Failure } from '../domain/failure.ts';
import { type Licence, type LicenceFields, linkType, marker, type NewLink } from '../domain/licence.ts';
import type { Deps } from './deps.ts';
import { distributorNames } from './plans.ts';
import { beating, countCalls, type Reach, reach } from './reach.ts';

/** How long one call goes on beginning new writes. */
const millisecondsACall = 60_000;

export type Applied = { state: 'done' } | { state: 'more' } | { state: 'wait'; waitMs: number };

/** A run's destination, and what its writes have in common. */
interface Writing extends Target {
  kind: 'customers' | 'subscriptions';
  to: Reach<PushDestination>;
  /** Where our id stays on a record of this kind; null until the first was made. */
  trace: Trace | null;
  customerType: string;
  subscriptionType: string;
}

export function itemActivities(deps: Deps) {
  const { sql } = deps.db;

  return {
    /**
     * Writes planned items in small batches: intent, write, confirm. Whatever was cut off before is settled first.
     * `wait` says when the next read-back of an ambiguous write may be made.
     */
    async applyItems({ importId }: { importId: string }): Promise<Applied> {
      const run = await writing(importId);
      const end = Date.now() + millisecondsACall;
      try {
        while (Date.now() < end) {
          Context.current().heartbeat();
          Context.current().cancellationSignal.throwIfAborted();
          const cut = await openWrite(sql, importId);
          if (cut) {
            const waitMs = await settled(run, cut);
            if (waitMs > 0) return { state: 'wait', waitMs };
            continue;
          }
          // Where nothing tells what was created, a write must be of one: then its refusal is of that one.
          const traced = run.trace === 'link' || run.trace === 'notes';
          const size =
            run.kind === 'subscriptions' && traced ? run.to.connector.batchSize(run.to.context.settings) : 1;
          const batch = await nextBatch(sql, importId, size);
          if (batch.length === 0) return { state: 'done' };
          if (batch[0]!.tries >= maximumTries) await leave(run, batch[0]!);
          else await beating(() => write(run, batch));
          await tell(run);
        }
        return { state: 'more' };
      } finally {
        await countCalls(deps, importId, run.to);
      }
    },

    /** Before planning: what an import that was cancelled, failed or stopped left in doubt is settled first. */
    async settleEarlierWrites({ importId }: { importId: string }): Promise<Applied> {
      if (!(await earlierWrite(sql, importId))) return { state: 'done' };
      const run = await writing(importId);
      try {
        for (;;) {
          const cut = await earlierWrite(sql, importId);
          if (!cut) return { state: 'done' };
          const waitMs = await settled({ ...run, importId: cut.importId }, cut);
          if (waitMs > 0) return { state: 'wait', waitMs };
        }
      } finally {
        await countCalls(deps, importId, run.to);
      }
    },
  };

  /** Settles a write in doubt, or says how long to wait before its next read-back. */
  async function settled(run: Writing, cut: Write): Promise<number> {
    return cut.waitMs > 0 ? cut.waitMs : await beating(() => readBack(run, cut));
  }

  /** An item that was tried often enough; when that befalls many, it is not the item. */
  async function leave(run: Writing, item: PlannedItem): Promise<void> {
    const { message, others } = await triedInVain(sql, item.id);
    const reason = message?.replace(/^(dropped|timeout): /, '') ?? 'No answer came.';
    await failItems(sql, run.importId, [item], `Tried ${item.tries} times. ${reason}`);
    if (others + 1 >= maximumLeft)
      throw new Failure('unavailable', `The destination fails on one write after another. ${reason}`, {
        retryable: false,
        remedy: 'What was written is listed. Import again when the destination works.',
      });
  }

  async function writing(importId: string): Promise<Writing> {
    const scope = await planScope(sql, importId, distributorNames);
    const [run] = await sql<
      { kind: Writing['kind']; traces: { client?: Trace; licence?: Trace }; account: string }[]
    >`
      select i.kind, d.traces, coalesce(s.identity, s.id::text) as account from imports i join integrations n on n.id = i.integration_id
      join connections d on d.id = n.destination_id join connections s on s.id = n.source_id where i.id = ${importId}`;
    const { kind, traces, account } = run!;
    return {
      ...scope,
      kind,
      // A write under way is let finish when the import is cancelled or the worker stops.
      to: await reach<PushDestination>(deps, scope.destinationId, { graceMs: 10_000 }),
      trace: (kind === 'customers' ? traces.client : traces.licence) ?? null,
      customerType: linkType(scope.sourceKind, account, 'customer'),
      subscriptionType: linkType(scope.sourceKind, account, 'subscription'),
    };
  }

  async function tell(run: Writing): Promise<void> {
    const [row] = await sql<
      { applied: number }[]
    >`select count(*)::int as applied from items where import_id = ${run.importId} and outcome = 'applied'`;
    await progress(sql, run.importId, { applied: row!.applied });
  }

  async function write(run: Writing, batch: PlannedItem[]): Promise<void> {
    if (run.kind === 'customers') return await writeCustomer(run, batch[0]!);
    if (batch[0]!.action === 'create') return await createLicences(run, batch);
    return await updateLicences(run, batch);
  }

  // --- Customers -----------------------------------------------------------------------------------------------

  async function writeCustomer(run: Writing, item: PlannedItem): Promise<void> {
    if (item.rule === 'known_by_id') return await mapKnown(run, item);
    if (item.rule === 'address_changed') return await writeAddress(run, item);
    if (await alreadyMade(run, item)) return;
    const intent = await intend(sql, run.importId, 'client', [item]);
    const { connector, context } = run.to;
    const rows = await attempt(run, intent, () => connector.createClient(context, newClient(run, item)));
    if (!rows) return;
    const [client, ...others] = rows;
    if (!client || others.length > 0 || !sameName(client.name, item.name)) return await distrust(intent);
    await learnTrace(run, 'client', item, client.id);
    await confirmClient(sql, run, item, client, 'created');
    await settleWrite(sql, intent, 'confirmed');
  }

  function newClient(run: Writing, item: PlannedItem): NewClient {
    const after = item.after as unknown as Pick<
      NewClient,
      'name' | 'topLevelId' | 'address' | 'phone' | 'domain'
    >;
    return { ...after, link: linkOf(run, item), marker: markerOf(run, item) };
  }

  async function mapKnown(run: Writing, item: PlannedItem): Promise<void> {
    const client = await run.to.connector.client(run.to.context, item.clientId!);
    if (!client || client.inactive)
      return await failItems(
        sql,
        run.importId,
        [item],
        'The client that carries its id is gone or inactive.',
        'held',
      );
    try {
      await confirmClient(sql, run, item, client, 'uid');
    } catch (error) {
      if ((error as { code?: string }).code !== uniqueViolation) throw error;
      const message = 'The client that carries its id was mapped to another customer meanwhile.';
      await failItems(sql, run.importId, [item], message, 'held');
    }
  }

  async function writeAddress(run: Writing, item: PlannedItem): Promise<void> {
    const [site] = await sql<{ site: string | null }[]>`
      select main_site_id as site from clients where connection_id = ${run.destinationId} and id = ${item.clientId}`;
    const intent = await intend(sql, run.importId, 'site', [item]);
    const { connector, context } = run.to;
    const wrote = await attempt(run, intent, async () => {
      await connector.updateSiteAddress(context, {
        clientId: item.clientId!,
        siteId: site!.site!,
        address: item.after.address as Address,
      });
      return true;
    });
    if (!wrote) return;
    await confirmAddress(sql, run, item);
    await settleWrite(sql, intent, 'confirmed');
  }

  /** Since the plan a person may have mapped it, or another import made a client of like name: checked once more. */
  async function alreadyMade(run: Writing, item: PlannedItem): Promise<boolean> {
    const mapped = await sql`select 1 from mappings where integration_id = ${run.integrationId}
      and customer_id = ${item.externalId} and client_id is not null`;
    if (mapped.length > 0) {
      await failItems(sql, run.importId, [item], 'It was mapped to a client meanwhile.', 'held');
      return true;
    }
    if (item.rule === 'create_decided') return false;
    const [like] = await sql<{ id: string; name: string }[]>`
      select c.id, c.name from clients c join customers s on s.match_key = c.match_key
      join integrations n on n.id = ${run.integrationId} and s.connection_id = n.source_id and s.id = ${item.externalId}
      where c.connection_id = ${run.destinationId} limit 1`;
    if (like) {
      await failItems(sql, run.importId, [item], 'A client of like name was made meanwhile.', 'held');
      return true;
    }
    return false;
  }

  // --- Licences ------------------------------------------------------------------------------------------------

  async function createLicences(run: Writing, batch: PlannedItem[]): Promise<void> {
    const intent = await intend(sql, run.importId, 'licence', batch);
    const { connector, context } = run.to;
    const licences = batch.map((item) => newLicence(run, item));
    const rows = await attempt(run, intent, () => connector.createLicences(context, licences));
    if (!rows) return;
    if (!agrees(batch, rows)) return await distrust(intent);
    await learnTrace(run, 'licence', batch[0]!, rows[0]!.id);
    await confirmLicences(
      sql,
      run,
      batch.map((item, i) => ({ item, licence: rows[i]! })),
    );
    await settleWrite(sql, intent, 'confirmed');
  }

  function newLicence(run: Writing, item: PlannedItem): NewLicence {
    return {
      clientId: item.clientId!,
      fields: { ...noFields, ...(item.after as Partial<LicenceFields>) },
      link: linkOf(run, item),
      marker: markerOf(run, item),
    };
  }

  async function updateLicences(run: Writing, batch: PlannedItem[]): Promise<void> {
    const idle = batch.filter((item) => Object.keys(item.after).length === 0);
    const changed = batch.filter((item) => Object.keys(item.after).length > 0);
    await confirmLicences(sql, run, await withMirror(run, idle));
    if (changed.length === 0) return;
    const intent = await intend(sql, run.importId, 'licence', changed);
    const { connector, context } = run.to;
    const changes = changed.map((item) => ({
      id: item.recordId!,
      clientId: item.clientId!,
      fields: item.after as Partial<LicenceFields>,
    }));
    const rows = await attempt(run, intent, () => connector.updateLicences(context, changes));
    if (!rows) return;
    const byId = new Map(rows.map((row): [string, Licence | null] => [row.id, row]));
    for (const { recordId } of changed) {
      // An answer may show fewer rows than were written.
      if (!byId.has(recordId!)) byId.set(recordId!, await connector.licence(context, recordId!));
    }
    const gone = changed.filter((item) => !byId.get(item.recordId!));
    if (gone.length > 0) await failItems(sql, run.importId, gone, 'It is gone at the destination.');
    await confirmLicences(
      sql,
      run,
      changed.flatMap((item) => {
        const licence = byId.get(item.recordId!);
        return licence ? [{ item, licence }] : [];
      }),
    );
    await settleWrite(sql, intent, 'confirmed');
  }

  /** Rows found by their link that need no change: what was read is the baseline. */
  async function withMirror(run: Writing, items: PlannedItem[]): Promise<Confirmed[]> {
    if (items.length === 0) return [];
    const rows = await sql<
      { id: string; client_id: string; link_id: string | null; deleted: boolean; fields: LicenceFields }[]
    >`
      select id, client_id, link_id, deleted, fields from licences where connection_id = ${run.destinationId}
        and id in (select jsonb_array_elements_text(${JSON.stringify(items.map((i) => i.recordId))}::text::jsonb))`;
    const byId = new Map(
      rows.map((row): [string, Licence] => [
        row.id,
        {
          ...row.fields,
          id: row.id,
          clientId: row.client_id,
          linkId: row.link_id,
          deleted: row.deleted,
          marker: null,
        },
      ]),
    );
    return items.map((item) => ({ item, licence: byId.get(item.recordId!) ?? null }));
  }

  // --- Traces, failures and doubt ------------------------------------------------------------------------------

  function linkOf(run: Writing, item: PlannedItem): NewLink {
    const customer = run.kind === 'customers';
    return {
      thirdPartyId: item.externalId,
      secondaryId: customer ? null : item.customerId,
      type: customer ? run.customerType : run.subscriptionType,
      description: item.name,
    };
  }

  /** The first record carries both, so that whichever stays can be found again. */
  function markerOf(run: Writing, item: PlannedItem): string | null {
    return run.trace === 'link' ? null : marker(linkOf(run, item).type, item.externalId);
  }

  /** After the first create on a connection: did our id stay, and where? */
  async function learnTrace(
    run: Writing,
    entity: 'client' | 'licence',
    item: PlannedItem,
    recordId: string,
  ): Promise<void> {
    if (run.trace !== null) return;
    const { connector, context } = run.to;
    const link = linkOf(run, item);
    const links = await connector.linksOf(context, link.thirdPartyId, link.type);
    if (links.some((found) => found.recordId === recordId)) run.trace = 'link';
    else {
      const whole =
        entity === 'client'
          ? await connector.client(context, recordId)
          : await connector.licence(context, recordId);
      run.trace = whole?.marker === marker(link.type, link.thirdPartyId) ? 'notes' : 'none';
    }
    await sql`update connections set traces = traces || ${sql.json({ [entity]: run.trace })} where id = ${run.destinationId}`;
  }

  /**
   * The request of a write, nothing else: only its own failure may call the write refused. Null when it did not
   * succeed and is dealt with; whatever fails later leaves the intent open, to be read back.
   */
  async function attempt<T>(run: Writing, intent: Write, request: () => Promise<T>): Promise<T | null> {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      await afterFailure(run, intent, error);
      return null;
    }
  }

  /** A failed write was refused, is worth another try, or is in doubt. */
  async function afterFailure(run: Writing, intent: Write, error: Failure): Promise<void> {
    const { ambiguous } = error.details;
    if (ambiguous) return void (await doubt(sql, intent, 0, `${ambiguous}: ${error.message}`));
    if (error.retryable || connectionTrouble.has(error.kind)) {
      await settleWrite(sql, intent, 'retried', error.message);
      throw error;
    }
    if (intent.items.length > 1) return await oneByOne(run, intent, error);
    await settleWrite(sql, intent, 'refused', error.message);
    const gone = error.kind === 'not-found' ? 'It is gone at the destination. ' : '';
    await failItems(sql, run.importId, intent.items, `${gone}${error.message}`);
  }

  /** A refused batch says nothing of its elements: those that did arrive are confirmed, the others go alone. */
  async function oneByOne(run: Writing, intent: Write, error: Failure): Promise<void> {
    const missing = intent.action === 'create' ? await confirmFound(run, intent) : intent.items;
    await settleWrite(sql, intent, 'refused', error.message);
    for (const item of missing) {
      Context.current().heartbeat();
      await write(run, [item]);
      if (await openWrite(sql, run.importId)) return;
    }
  }

  async function distrust(intent: Write): Promise<void> {
    await doubt(sql, intent, 0, 'dropped: the answer does not agree with what was sent.');
  }

  /**
   * One read-back of a write in doubt. What is found is confirmed. After the first the rest waits, 5 s after a
   * dropped connection and 60 s after a timeout, for a request still on its way; after the second it is planned again.
   */
  async function readBack(run: Writing, cut: Write): Promise<number> {
    const missing = cut.action === 'create' ? await confirmFound(run, cut) : await stillThere(run, cut);
    if (missing.length === 0) {
      await settleWrite(sql, cut, 'confirmed');
      return 0;
    }
    if (cut.readBacks === 0) {
      const { requestMs = 60_000, timeoutMs = 60_000, droppedMs = 5_000 } = deps.patience ?? {};
      // Of one that was cut off nothing is known: its worker may live, and its request be under way.
      const cutOff = cut.message === null ? requestMs + droppedMs - cut.ageMs : 0;
      const waitMs = cut.message?.startsWith('timeout') ? timeoutMs : Math.max(droppedMs, cutOff);
      await doubt(
        sql,
        { ...cut, readBacks: 1 },
        waitMs,
        cut.message ?? 'dropped: the worker stopped before an answer came.',
      );
      return waitMs;
    }
    if (cut.action === 'create') await giveUp(run, cut, await undecidable(run, cut, missing));
    await settleWrite(sql, cut, 'retried');
    return 0;
  }

  /** Updates merge by id, so doing one again is harmless; but a destination that is away is waited for. */
  async function stillThere(run: Writing, cut: Write): Promise<PlannedItem[]> {
    const [first] = cut.items;
    const { connector, context } = run.to;
    if (first?.recordId && cut.entity === 'licence') await connector.licence(context, first.recordId);
    else if (first?.clientId) await connector.client(context, first.clientId);
    return cut.items;
  }

  /** Of items that were not found by our id: those that may stand there all the same. */
  async function undecidable(run: Writing, cut: Write, missing: PlannedItem[]): Promise<PlannedItem[]> {
    if (run.trace === 'link' || run.trace === 'notes') return [];
    if (run.trace === 'none') return missing;
    const { connector, context } = run.to;
    const doubtful: PlannedItem[] = [];
    for (const item of missing) {
      // Nothing was ever created here, so it is not known what stays; no row of that name means no create happened.
      const alike =
        cut.entity === 'client'
          ? await connector.clientsNamed(context, item.name)
          : (await connector.licencesOf(context, item.clientId!)).filter((row) =>
              sameName(row.name, String(item.after.name)),
            );
      if (alike.length > 0) doubtful.push(item);
    }
    return doubtful;
  }

  /** Nothing at this destination can tell whether a create happened: a person decides. */
  async function giveUp(run: Writing, cut: Write, items: PlannedItem[]): Promise<void> {
    if (items.length === 0) return;
    await failItems(sql, run.importId, items, 'It may have been created; a person decides.', 'held');
    await report(
      sql,
      items.map((item) => ({
        key: `ambiguous-write:${run.integrationId}:${item.externalId}`,
        kind: 'ambiguous-write',
        integrationId: run.integrationId,
        importId: run.importId,
        subject: {
          externalId: item.externalId,
          customerId: item.customerId,
          name: item.name,
          entity: cut.entity === 'client' ? 'customer' : 'subscription',
        },
        message: `“${item.name}” may have been created at the destination: the answer was lost and no external id stays there. Look for it, then create it again or dismiss this.`,
        actions: ['create', 'dismiss'],
      })),
    );
  }

  /** Confirms the items of a write that stand at the destination; returns those that do not. */
  async function confirmFound(run: Writing, cut: Write): Promise<PlannedItem[]> {
    const missing: PlannedItem[] = [];
    const found: Confirmed[] = [];
    for (const item of cut.items) {
      Context.current().heartbeat();
      const id =
        cut.entity === 'client'
          ? await confirmStandingClient(run, item)
          : await standingLicence(run, item, found);
      if (id === null) missing.push(item);
      else if (run.trace === null)
        await learnTrace(run, cut.entity === 'client' ? 'client' : 'licence', item, id);
    }
    await confirmLicences(sql, run, found);
    return missing;
  }

  async function confirmStandingClient(run: Writing, item: PlannedItem): Promise<string | null> {
    for (const id of await standing(run, 'client', item)) {
      const client = await run.to.connector.client(run.to.context, id);
      if (!client) continue;
      await confirmClient(sql, run, item, client, 'created');
      return id;
    }
    return null;
  }

  async function standingLicence(
    run: Writing,
    item: PlannedItem,
    found: Confirmed[],
  ): Promise<string | null> {
    for (const id of await standing(run, 'licence', item)) {
      const licence = await run.to.connector.licence(run.to.context, id);
      // One that was deleted before is not what this write made.
      if (!licence || licence.deleted) continue;
      found.push({ item, licence });
      return id;
    }
    return null;
  }

  /** The ids of records that carry our id, the eldest first. A link may outlive its record. */
  async function standing(run: Writing, entity: 'client' | 'licence', item: PlannedItem): Promise<string[]> {
    const { connector, context } = run.to;
    const link = linkOf(run, item);
    if (run.trace !== 'notes') {
      const links = await connector.linksOf(context, link.thirdPartyId, link.type);
      const linked = links.map((found) => found.recordId).sort(byAge);
      if (linked.length > 0 || run.trace === 'link') return linked;
    }
    const text = marker(link.type, link.thirdPartyId);
    const rows =
      entity === 'client'
        ? await connector.clientsNamed(context, item.name)
        : await connector.licencesOf(context, item.clientId!);
    return rows
      .filter((row) => row.marker === text)
      .map((row) => row.id)
      .sort(byAge);
  }
}

/** After so many writes in vain an item fails, and after so many such items the import. */
const maximumTries = 4;
const maximumLeft = 5;

const uniqueViolation = '23505';

/** Trouble of the connection, not of the record: the import stops and says so. */
const connectionTrouble = new Set<Failure['kind']>([
  'unauthorised',
  'forbidden',
  'reauth-required',
  'different-account',
]);

/** Younger ids are greater, and numbers written as text. */
export const byAge = (a: string, b: string) => a.length - b.length || (a < b ? -1 : 1);

const noFields: LicenceFields = {
  name: '', quantity: null, unitCost: null, unitPrice: null, status: null, billingCycle: null, term: null, startDate: null,
  endDate: null, autoRenew: null, distributor: null, sku: null, vendorSku: null, vendor: null, tenantId: null, customerId: null, active: true,
}; // biome-ignore format: one record

/** A destination may cut a long name short. */
const sameName = (returned: string, sent: string) =>
  returned === sent || (returned.length >= 100 && sent.startsWith(returned));

/** A reply to a batch is trusted only if count, names and clients agree with what was sent. */
const agrees = (batch: PlannedItem[], rows: Licence[]) =>
  rows.length === batch.length &&
  new Set(rows.map((row) => row.id)).size === rows.length &&
  rows.every(
    (row, i) => row.clientId === batch[i]!.clientId && sameName(row.name, String(batch[i]!.after.name)),
  );
