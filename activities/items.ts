import { Context } from '@temporalio/activity';
import { progress, showWaiting } from '../db/imports/progress.ts';
import {
  countApplied,
  earlierWrites,
  nextBatch,
  openWrites,
  type PlannedItem,
} from '../db/imports/writes.ts';
import { Failure } from '../domain/failure.ts';
import type { Deps } from './deps.ts';
import { countCalls, withHeartbeat } from './external/open-connection.ts';
import { problemOf } from './failures.ts';
import { maySendMore, settleOpen } from './writing/ambiguous.ts';
import { isTraceable, openWriting, type Writing } from './writing/context.ts';
import { writeCustomer } from './writing/customers.ts';
import { createLicences, updateLicences } from './writing/licences.ts';
import { failStuck, judgeStuck, nothingStuck, type Verdict, writingOutage } from './writing/stuck.ts';

/** How long one call starts new writes. */
const millisecondsACall = 60_000;

export type Applied = { state: 'done' } | { state: 'more' } | { state: 'wait'; waitMs: number };

export function itemActivities(deps: Deps) {
  const { sql } = deps.db;

  return {
    /**
     * Writes planned items in small batches: intent, write, confirm. While an ambiguous write waits for its read-back
     * the other items are written; `wait` says how long to wait once nothing else is left to write.
     */
    async applyItems({ importId }: { importId: string }): Promise<Applied> {
      const run = await openWriting(deps, importId);
      const end = Date.now() + millisecondsACall;
      // Counted in full once a call, then batch by batch: there may be a hundred thousand items.
      let applied = await countApplied(sql, importId);
      let settledWrites = 0;
      let troubled = true;
      try {
        while (Date.now() < end) {
          Context.current().heartbeat();
          Context.current().cancellationSignal.throwIfAborted();
          const open = await openWrites(sql, importId);
          // Without a marker, write one item at a time, so that a refusal is known to be of that item.
          const size =
            run.kind === 'subscriptions' && isTraceable(run)
              ? run.to.connector.batchSize(run.to.context.settings)
              : 1;
          const stuck: Verdict = troubled ? await judgeStuck(run) : nothingStuck;
          const { outage, first } = stuck;
          troubled = open.length > 0 || outage !== null || first !== null;
          // While every write fails, one after the other.
          const may = outage === null ? maySendMore(run, open) : open.length === 0;
          const batch: PlannedItem[] = !may
            ? []
            : first
              ? [first]
              : await nextBatch(sql, importId, size, open);
          if (batch.length === 0) {
            if (open.length === 0) {
              if (await failStuck(run)) continue;
              return { state: 'done' };
            }
            const waitMs = await withHeartbeat(() => settleOpen(run, open));
            if (waitMs > 0) {
              if (outage) await showWaiting(sql, [importId], problemOf(writingOutage(outage)));
              return { state: 'wait', waitMs };
            }
            settledWrites++;
            applied = await countApplied(sql, importId);
            continue;
          }
          await withHeartbeat(() => write(run, batch));
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
      if ((await earlierWrites(sql, importId)).length === 0) return { state: 'done' };
      const run = await openWriting(deps, importId);
      let settledWrites = 0;
      try {
        for (;;) {
          const [first, ...others] = await earlierWrites(sql, importId);
          if (!first) return { state: 'done' };
          // One import at a time, because each counts its own items.
          const open = [first, ...others.filter((write) => write.importId === first.importId)];
          const of = { ...run, importId: first.importId };
          const waitMs = await withHeartbeat(() => settleOpen(of, open));
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

  async function write(run: Writing, batch: PlannedItem[]): Promise<void> {
    if (run.kind === 'customers') return await writeCustomer(run, batch[0]!);
    if (batch[0]!.action === 'create') return await createLicences(run, batch);
    return await updateLicences(run, batch);
  }
}
