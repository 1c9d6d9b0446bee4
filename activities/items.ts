import { Context } from '@temporalio/activity';
import type { PushDestination } from '../connectors/contract.ts';
import { progress } from '../db/imports/progress.ts';
import {
  countApplied,
  earlierWrite,
  failItems,
  nextBatch,
  openWrite,
  type PlannedItem,
  triedInVain,
  type Write,
  writeTarget,
} from '../db/imports/writes.ts';
import { planScope } from '../db/planner/scope.ts';
import { Failure } from '../domain/failure.ts';
import { linkType } from '../domain/licence.ts';
import type { Deps } from './deps.ts';
import { countCalls, openConnection, withHeartbeat } from './external/open-connection.ts';
import { distributorNames } from './plans.ts';
import { readBack } from './writing/ambiguous.ts';
import type { Writing } from './writing/context.ts';
import { writeCustomer } from './writing/customers.ts';
import { createLicences, updateLicences } from './writing/licences.ts';

/** How long one call starts new writes. */
const millisecondsACall = 60_000;

export type Applied = { state: 'done' } | { state: 'more' } | { state: 'wait'; waitMs: number };

export function itemActivities(deps: Deps) {
  const { sql } = deps.db;

  return {
    /**
     * Writes planned items in small batches: intent, write, confirm. Interrupted writes are settled first. `wait` says
     * how long to wait before the next read-back of an ambiguous write.
     */
    async applyItems({ importId }: { importId: string }): Promise<Applied> {
      const run = await writing(importId);
      const end = Date.now() + millisecondsACall;
      // Counted in full once a call, then batch by batch: there may be a hundred thousand items.
      let applied = await countApplied(sql, importId);
      let settledWrites = 0;
      try {
        while (Date.now() < end) {
          Context.current().heartbeat();
          Context.current().cancellationSignal.throwIfAborted();
          const cut = await openWrite(sql, importId);
          if (cut) {
            const waitMs = await settled(run, cut);
            if (waitMs > 0) return { state: 'wait', waitMs };
            settledWrites++;
            applied = await countApplied(sql, importId);
            continue;
          }
          // Without a marker, write one item at a time, so that a refusal is known to be of that item.
          const traceable = run.markerSupport === 'link' || run.markerSupport === 'notes';
          const size =
            run.kind === 'subscriptions' && traceable
              ? run.to.connector.batchSize(run.to.context.settings)
              : 1;
          const batch = await nextBatch(sql, importId, size);
          if (batch.length === 0) return { state: 'done' };
          if (batch[0]!.tries >= maximumTries) await leave(run, batch[0]!);
          else await withHeartbeat(() => write(run, batch));
          settledWrites++;
          applied += await countApplied(sql, importId, batch);
          await progress(sql, importId, { applied });
        }
        return { state: 'more' };
      } catch (error) {
        return goOn(error, settledWrites);
      } finally {
        await countCalls(deps, importId, run.to);
      }
    },

    /** Before planning: settles what a cancelled, failed or stopped import left ambiguous. */
    async settleEarlierWrites({ importId }: { importId: string }): Promise<Applied> {
      if (!(await earlierWrite(sql, importId))) return { state: 'done' };
      const run = await writing(importId);
      let settledWrites = 0;
      try {
        for (;;) {
          const cut = await earlierWrite(sql, importId);
          if (!cut) return { state: 'done' };
          const waitMs = await settled({ ...run, importId: cut.importId }, cut);
          if (waitMs > 0) return { state: 'wait', waitMs };
          settledWrites++;
        }
      } catch (error) {
        return goOn(error, settledWrites);
      } finally {
        await countCalls(deps, importId, run.to);
      }
    },
  };

  /** A retryable failure ends a call that made progress without failing it: only attempts without progress count. */
  function goOn(error: unknown, settledWrites: number): Applied {
    if (settledWrites === 0 || !(error instanceof Failure) || !error.retryable) throw error;
    deps.log.warn({ kind: error.kind, status: error.details.status }, error.message);
    return { state: 'more' };
  }

  /** Settles an ambiguous write, or returns how many milliseconds to wait before its next read-back. */
  async function settled(run: Writing, cut: Write): Promise<number> {
    return cut.waitMs > 0 ? cut.waitMs : await withHeartbeat(() => readBack(run, cut));
  }

  /** Fails an item that was tried too often; if many items fail so, the cause is not the item and the import fails. */
  async function leave(run: Writing, item: PlannedItem): Promise<void> {
    const { message, others } = await triedInVain(sql, item.id);
    const reason = message?.replace(/^(dropped|timeout): /, '') ?? 'No answer was received.';
    await failItems(sql, run.importId, [item], `Failed after ${item.tries} tries. ${reason}`);
    if (others + 1 >= maximumLeft)
      throw new Failure('unavailable', `Several writes in a row failed at the destination. ${reason}`, {
        retryable: false,
        remedy: 'The items show what was written. Import again once the destination works.',
      });
  }

  async function writing(importId: string): Promise<Writing> {
    const scope = await planScope(sql, importId, distributorNames);
    const { kind, markerSupport, account } = await writeTarget(sql, importId);
    return {
      ...scope,
      sql,
      patience: deps.patience,
      kind,
      // A write in progress may finish when the import is cancelled or the worker stops.
      to: await openConnection<PushDestination>(deps, scope.destinationId, { graceMs: 10_000 }),
      markerSupport,
      customerType: linkType(scope.sourceKind, account, 'customer'),
      subscriptionType: linkType(scope.sourceKind, account, 'subscription'),
    };
  }

  async function write(run: Writing, batch: PlannedItem[]): Promise<void> {
    if (run.kind === 'customers') return await writeCustomer(run, batch[0]!);
    if (batch[0]!.action === 'create') return await createLicences(run, batch);
    return await updateLicences(run, batch);
  }
}

/** An item fails after this many attempts, and the import after this many such items. */
const maximumTries = 4;
const maximumLeft = 5;
