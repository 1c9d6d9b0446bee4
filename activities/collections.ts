import { hash as digest } from 'node:crypto';
import { Context } from '@temporalio/activity';
import pLimit from 'p-limit';
import type { Unread } from '../connectors/contract.ts';
import { progress } from '../db/imports/progress.ts';
import {
  addScopes,
  anyListed,
  close,
  collection,
  endScope,
  failScope,
  judgeCompleteness,
  type ListedPage,
  listAgain,
  listedSoFar,
  type OpenCollection,
  type OpenScope,
  openScopes,
  pagesSeen,
  storedCursors,
  storePages,
} from '../db/ledger/collecting.ts';
import { outcomeOf, requestCollection } from '../db/ledger/collections.ts';
import { customerIds } from '../db/ledger/queries.ts';
import { ledgerRecord, pageRecords, readAtOnce } from '../db/ledger/rows.ts';
import { mirrored } from '../db/ledger/upsert.ts';
import { Failure, wayFaults } from '../domain/failure.ts';
import type { Completeness, ImportProblem } from '../domain/import.ts';
import type { ListingKind } from '../domain/kinds.ts';
import { createPageWatch, type PagesSeen } from '../domain/page-watch.ts';
import type { Collected } from '../temporal/messages.ts';
import { startCollection } from '../temporal/start.ts';
import type { Deps } from './deps.ts';
import { listingOf, type OpenConnection, openConnection, withHeartbeat } from './external/open-connection.ts';

/** If at most this many customers fail together, it is not treated as an outage. */
const few = 3;

/** Limits of one activity call: pages, and how long it starts new ones. */
const pagesACall = 1_000;
const millisecondsACall = 20_000;

export function collectionActivities(deps: Deps) {
  const { sql } = deps.db;

  return {
    /** Starts a listing or joins the running one; `waiter` is signalled when it ends. */
    async joinCollection(input: {
      connectionId: string;
      connectionKind: string;
      kind: ListingKind;
      customerIds: string[] | null;
      waiter: string;
    }) {
      const row = await requestCollection(deps.db, input);
      await startCollection(
        deps.temporal,
        {
          collectionId: row.id,
          connectionId: input.connectionId,
          connectionKind: input.connectionKind,
          kind: input.kind,
          customerIds: row.customerIds,
        },
        input.waiter,
      );
      return { collectionId: row.id };
    },

    /** How a listing ended, for a waiter that missed the signal; null while it runs. */
    async collectionOutcome({ collectionId }: { collectionId: string }): Promise<Collected | null> {
      return await outcomeOf(sql, collectionId);
    },

    /** Decides what to list: the whole account at once, or customer by customer. */
    async openCollection({ collectionId }: { collectionId: string; importIds: string[] }): Promise<void> {
      const open = await collection(sql, collectionId);
      const { connector, context } = await openConnection(deps, open.connectionId);
      const how = await withHeartbeat(() =>
        listingOf(connector, open.kind).scopes(context, open.customerIds),
      );
      await addScopes(sql, open, how === 'account' ? [''] : await customerScopes(open));
    },

    /** Continues the listing from its cursors, many pages a call. */
    async collectPages({ collectionId, importIds }: { collectionId: string; importIds: string[] }) {
      const open = await collection(sql, collectionId);
      const session = await openConnection(deps, open.connectionId);
      // Read before the scopes, so that no page beyond their cursors is counted as seen.
      const seen = await pagesSeen(sql, open);
      const budget = { left: pagesACall, end: Date.now() + millisecondsACall, stored: 0, seen };
      // Stored pages are kept: only an attempt that stored nothing fails.
      await listScopes(open, session, await openScopes(sql, open), budget).catch((error) => {
        if (budget.stored === 0 || !(error instanceof Failure) || !error.retryable) throw error;
        deps.log.warn({ kind: error.kind, stored: budget.stored }, error.message);
      });
      const so = await listedSoFar(sql, open);
      // A distributor's listing counts as the import's progress; a destination's only adds to its calls.
      const told = mirrored.includes(open.kind)
        ? { calls: session.takeCalls() }
        : { received: so.received, total: so.total };
      for (const importId of importIds) await progress(sql, importId, told);
      return { done: so.open === 0, received: so.received, total: so.total, pages: so.pages };
    },

    /** Checks whether the listing is complete; an incomplete one is listed once more before it counts. */
    async judgeCollection({
      collectionId,
    }: {
      collectionId: string;
    }): Promise<{ again: boolean; completeness: Completeness }> {
      const open = await collection(sql, collectionId);
      const { failedScopes: _, ...completeness } = await withHeartbeat(() => judgeCompleteness(sql, open));
      const again = !completeness.complete && open.attempt === 1;
      if (again) await listAgain(sql, open);
      return { again, completeness };
    },

    async closeCollection(input: {
      collectionId: string;
      state: Collected['state'];
      completeness: Completeness | null;
      problem: ImportProblem | null;
    }): Promise<Collected> {
      const open = await collection(sql, input.collectionId);
      await withHeartbeat(() => close(sql, open, input));
      return {
        collectionId: open.id,
        state: input.state,
        customerIds: open.customerIds,
        problem: input.problem,
      };
    },
  };

  async function customerScopes(open: OpenCollection): Promise<string[]> {
    return open.customerIds ?? (await customerIds(sql, open.connectionId));
  }

  async function listScopes(
    open: OpenCollection,
    session: OpenConnection<unknown>,
    scopes: OpenScope[],
    budget: PageBudget,
  ) {
    const inFlight = (session.context.settings as { maxInFlight?: number }).maxInFlight ?? 4;
    if (scopes.length === 1 && scopes[0]!.scope === '')
      return await listScope(open, session, scopes[0]!, budget, inFlight);
    const limit = pLimit(inFlight);
    const failed: { scope: string; error: Failure }[] = [];
    let fatal: unknown;
    let listed = 0;
    await Promise.all(
      scopes.slice(0, budget.left).map((scope) =>
        limit(async () => {
          if (fatal !== undefined || budget.left <= 0 || Date.now() > budget.end) return;
          try {
            await listScope(open, session, scope, budget, 1);
            listed++;
          } catch (error) {
            // Start nothing more; let running requests finish before the failure is thrown.
            if (!(error instanceof Failure) || waits.has(error.kind)) fatal ??= error;
            else failed.push({ scope: scope.scope, error });
          }
        }),
      ),
    );
    if (fatal !== undefined) throw fatal;
    // A customer that cannot be listed fails alone, unless the failure may pass or no customer can be listed.
    const passing = failed.find(({ error }) => error.retryable)?.error;
    if (passing) {
      const { attempt } = Context.current().info;
      // Many failures at once look like an outage, which is retried longer; a few beside successes do not.
      const tries = listed === 0 && failed.length > few ? 9 : 3;
      if (budget.stored > 0 || attempt < tries || !(await anyListed(sql, open))) throw passing;
    }
    for (const { scope, error } of failed) await failScope(sql, open, scope, error.message);
  }

  /** Numbered pages are fetched in parallel once their count is known; token-paged ones overlap with the last store. */
  async function listScope(
    open: OpenCollection,
    session: OpenConnection<unknown>,
    scope: OpenScope,
    budget: PageBudget,
    inFlight: number,
  ): Promise<void> {
    const listing = listingOf(session.connector, open.kind);
    const fetchPage = async (cursor: string | null): Promise<ListedPage> => {
      budget.left--;
      const page = await withHeartbeat(() =>
        listing.page(session.context, { scope: scope.scope || null, cursor }),
      );
      Context.current().heartbeat();
      const { next } = page;
      const [declared, pages] = [countable(page.declared), countable(page.pages)];
      const records = (page.records as Unread<{ id: string }>[]).map((r) => ledgerRecord(open.kind, r));
      return {
        scope: scope.scope,
        cursor: cursor ?? (pages === null ? '' : '1'),
        ...(open.first ? readAtOnce(records) : pageRecords(records)),
        declared,
        next,
        pages,
      };
    };
    const watch = createPageWatch(budget.seen.get(scope.scope) ?? nothingSeen);
    let { cursor, pages } = scope;
    if (pages === null) {
      let fetched = fetchPage(cursor);
      for (;;) {
        const page = await fetched;
        const more = page.pages === null && page.next !== null && budget.left > 0 && Date.now() < budget.end;
        if (more) {
          fetched = fetchPage(page.next);
          // Awaited in the next round; without this, an earlier rejection would be unhandled.
          fetched.catch(() => {});
        }
        if (await store(open, [page], budget, watch, page.pages !== null)) return;
        cursor = page.next;
        pages = page.pages;
        if (!more) break;
      }
    }
    if (pages === null || pages <= 1) return;
    const stored = await storedCursors(sql, open, scope.scope);
    // Not built as one range: a source may claim a billion pages.
    const wanted: string[] = [];
    for (let page = 1; page <= pages && wanted.length < budget.left; page++)
      if (!stored.has(`${page}`)) wanted.push(`${page}`);
    await listNumbered(open, wanted, inFlight, budget, fetchPage, watch);
  }

  /** Stores pages of one scope; true if they show that further pages are useless. */
  async function store(
    open: OpenCollection,
    pages: ListedPage[],
    budget: PageBudget,
    watch: PageWatch,
    numbered: boolean,
  ): Promise<boolean> {
    const stored = await storePages(sql, open, pages);
    budget.stored += pages.length;
    for (const { scope, ids, next, ...page } of stored) {
      const reason = watch({
        ...page,
        digest: ids.length === 0 ? null : digest('md5', ids.join(' ')),
        next: numbered ? null : next,
        more: numbered || next !== null,
      });
      if (!reason) continue;
      await endScope(sql, open, scope, reason);
      return true;
    }
    return false;
  }

  async function listNumbered(
    open: OpenCollection,
    wanted: string[],
    inFlight: number,
    budget: PageBudget,
    fetchPage: (cursor: string) => Promise<ListedPage>,
    watch: PageWatch,
  ) {
    let ready: ListedPage[] = [];
    const writing = new Set<Promise<void>>();
    let failure: unknown;
    let over = false;
    const fail = (error: unknown) => {
      failure ??= error;
    };
    const flush = () => {
      if (ready.length === 0) return;
      const pages = ready;
      ready = [];
      const write: Promise<void> = store(open, pages, budget, watch, true)
        .then((ended) => {
          over ||= ended;
        })
        .catch(fail)
        .finally(() => writing.delete(write));
      writing.add(write);
    };
    const lane = async () => {
      while (failure === undefined && !over && Date.now() < budget.end) {
        const cursor = wanted.shift();
        if (cursor === undefined) return;
        // Not `ready.push(await …)`: that would push to the old array, which may have been flushed during the wait.
        const page = await fetchPage(cursor);
        ready.push(page);
        if (ready.length < pagesAWrite) continue;
        // Back-pressure: while two writes are running, lanes stop fetching once the next batch is full.
        while (writing.size >= writesUnderWay) await Promise.race(writing);
        flush();
      }
    };
    await Promise.all(Array.from({ length: Math.min(inFlight, wanted.length) }, () => lane().catch(fail)));
    flush();
    await Promise.all(writing);
    if (failure !== undefined) throw failure;
  }
}

/** Pages stored in one transaction: enough rows to make one statement worthwhile, few enough for memory. */
const pagesAWrite = 10;

/** Concurrent transactions of one listing: while PostgreSQL stores one, the next is read and rendered. */
const writesUnderWay = 2;

/** What one call may still list, and what it has stored. */
interface PageBudget {
  left: number;
  /** No page is started after this time, in milliseconds since the epoch. */
  end: number;
  stored: number;
  /** By scope, as of the start of the call. */
  seen: Map<string, PagesSeen>;
}

type PageWatch = ReturnType<typeof createPageWatch>;
const nothingSeen: PagesSeen = { cursors: [], digests: [], empty: 0, received: 0 };

/** An implausibly large count is treated as unknown. */
const countable = (count: number | null) => (count !== null && count <= 1_000_000_000 ? count : null);

/** Failures of the connection rather than of one customer. */
const waits = new Set<Failure['kind']>([
  ...wayFaults,
  'rate-limited',
  'unauthorised',
  'reauth-required',
  'timeout',
  'internal',
  'intermediary',
]);
