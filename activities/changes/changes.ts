import { Context } from '@temporalio/activity';
import type { Definition, Distributor, Order, OrderAnswer } from '../../connectors/contract.ts';
import { definitions } from '../../connectors/definitions.ts';
import { type ChangeRow, changeTarget, sweepChanges, unresolvedChanges } from '../../db/changes/changes.ts';
import { twinOf } from '../../db/changes/customers.ts';
import { movedMessage } from '../../db/changes/decisions.ts';
import { findMade, orderRecord } from '../../db/changes/made.ts';
import { factsOf, outcomeOf, seenOf } from '../../db/changes/seen.ts';
import {
  endChange,
  intendChange,
  markAmbiguousChange,
  markPlaced,
  noteMade,
  withdrawIntent,
} from '../../db/changes/states.ts';
import { listedSince, togetherWith } from '../../db/changes/together.ts';
import { resolveKeys } from '../../db/findings/ledger-age.ts';
import { moved, twinMessage } from '../../domain/change.ts';
import { factsBefore, forbidden } from '../../domain/change-policy.ts';
import { Failure } from '../../domain/failure.ts';
import { changeInput } from '../../temporal/messages.ts';
import { startChange } from '../../temporal/start.ts';
import type { Deps } from '../deps.ts';
import { openConnection, withHeartbeat } from '../external/open-connection.ts';
import { describe, isNew, keysAbout, nothingOf, reportAmbiguous, reportConflict } from './reporting.ts';
import { requiredChange } from './required.ts';

/** The state of a change: whether its workflow continues, and with what. */
export type ChangeStep =
  | { state: 'ready' }
  /** The distributor has accepted it; `operation` is its order id. */
  | { state: 'placed'; operation: string | null; done: boolean }
  /** Nothing was sent; a later attempt may succeed. */
  | { state: 'later'; waitMs: number }
  | { state: 'unknown' }
  | { state: 'ended' };

/** A finding is stored before the state it explains: a try that follows a crash between them does both again. */
export function changeActivities(deps: Deps) {
  const { sql } = deps.db;
  const required = (changeId: string) => requiredChange(sql, changeId);

  return {
    /**
     * Checks on a fresh ledger that the subscription is still what the requester saw and that the rules allow the
     * change. A change that was already started continues where it was.
     */
    async checkChange({ changeId }: { changeId: string }): Promise<ChangeStep> {
      const row = await required(changeId);
      if (row.state === 'placing' || row.state === 'ambiguous') return { state: 'unknown' };
      if (row.state === 'placed')
        return { state: 'placed', operation: row.operation, done: row.operation === null };
      if (row.state !== 'approved') return { state: 'ended' };
      if (row.kind === 'create-customer') return await checkNewCustomer(row);
      if (row.kind === 'create') {
        const like = await factsOf(sql, row.connectionId, row.wanted.product!.likeId);
        if (!like) return await refuse(row, 'The product it is ordered like is no longer listed.');
        const facts = { ...factsBefore(row.wanted.product!, like, new Date()), ...(await currencyOf(row)) };
        const rule = forbidden(row.kind, row.wanted, facts, new Date());
        return rule ? await refuse(row, rule) : { state: 'ready' };
      }
      const seen = await seenOf(sql, row);
      const what = row.kind === 'update-customer' ? 'customer' : 'subscription';
      if (!seen || !row.base) return await refuse(row, `The ${what} is no longer listed at the distributor.`);
      if (moved(row.kind, row.base, seen).length > 0) {
        await reportConflict(sql, row, movedMessage(row, seen));
        return await refuse(row, movedMessage(row, seen), seen);
      }
      if (row.kind === 'update-customer') return { state: 'ready' };
      const facts = {
        ...(await factsOf(sql, row.connectionId, row.subscriptionId!))!,
        ...(await currencyOf(row)),
      };
      const rule = forbidden(row.kind, row.wanted, facts, new Date());
      return rule ? await refuse(row, rule) : { state: 'ready' };
    },

    /** Stores the intent and places the order once. A failure becomes a result here, never a reason to send again. */
    async placeChange({ changeId }: { changeId: string }): Promise<ChangeStep> {
      const row = await required(changeId);
      if (row.state !== 'approved')
        return row.state === 'placing' ? { state: 'unknown' } : { state: 'ended' };
      const session = await openConnection<Distributor>(deps, row.connectionId, { graceMs: 60_000 });
      const order = await orderOf(row);
      const intent = await intendChange(sql, row);
      if (intent === 'sent') return { state: 'unknown' };
      if (intent !== 'stored') {
        // Once the other change is done, the list shows its customer.
        if (intent.rival !== 'ambiguous') return { state: 'later', waitMs: 5_000 };
        return await refuse(
          row,
          'Another request to make this customer has had no answer. Look in the portal whether it is there, close that one, then ask again.',
        );
      }
      try {
        return await took(
          row,
          await withHeartbeat(() => session.connector.changes!.place(session.context, order)),
        );
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        if (error.details.ambiguous) return { state: 'unknown' };
        if (error.retryable) {
          await withdrawIntent(sql, changeId, error.message);
          return { state: 'later', waitMs: error.details.retryAfterMs ?? 30_000 };
        }
        return await fail(row, `${error.message} ${error.details.remedy ?? 'Nothing was changed.'}`.trim());
      }
    },

    /** Which records to list for this change and those carried out with it. */
    async changeScope({ changeId }: { changeId: string }) {
      const row = await required(changeId);
      return await togetherWith(sql, row, (await definitionOf(row)).pageSize ?? 100);
    },

    /** After a lost answer: looks for the order by reference, else by what the ledger shows. Never resends. */
    async findChange({ changeId, last }: { changeId: string; last: boolean }): Promise<ChangeStep> {
      const row = await required(changeId);
      if (row.state !== 'placing' && row.state !== 'ambiguous') return { state: 'ended' };
      const session = await openConnection<Distributor>(deps, row.connectionId);
      const { changes } = session.connector;
      const findable = changes?.findable?.includes(row.kind) ?? false;
      const order =
        findable && (await withHeartbeat(async () => changes!.find!(session.context, await orderOf(row))));
      if (order) return await took(row, order);
      if (await isAchieved(row)) return await took(row, { operation: null, state: 'done', message: null });
      if (!last) return { state: 'unknown' };
      const lost = 'No answer was received, and the distributor shows no such order.';
      // The next request looks for the customer before it creates one, so repeating it is safe.
      if (findable || row.kind === 'create-customer')
        return await fail(row, `${lost} Nothing was changed; ask again.`);
      const message = `${lost} Check in the distributor's portal whether it was carried out.`;
      await reportAmbiguous(sql, row, message);
      await markAmbiguousChange(sql, changeId, message);
      return { state: 'unknown' };
    },

    /** Reads the state of an order that the distributor is processing. */
    async pollChange({ changeId, operation }: { changeId: string; operation: string }): Promise<ChangeStep> {
      const row = await required(changeId);
      if (row.state !== 'placed') return { state: 'ended' };
      const session = await openConnection<Distributor>(deps, row.connectionId);
      return await took(
        row,
        await withHeartbeat(() =>
          session.connector.changes!.status(session.context, sentOrder(row), operation),
        ),
      );
    },

    /**
     * Compares a ledger read after the order with what was wanted; returns whether the change has ended. Until it shows
     * the result the change continues, unless its order has ended too and `late` listings started after that show
     * something else. Lists may lag behind, most of all with new records.
     */
    async finishChange({
      changeId,
      collectionId,
      late,
    }: {
      changeId: string;
      collectionId?: string;
      late?: number;
    }): Promise<boolean> {
      const row = await required(changeId);
      if (row.state !== 'placed') return true;
      const achieved = await isAchieved(row);
      const now = await required(changeId);
      const { seen } = await outcomeOf(sql, now);
      const over = late === undefined || late >= (isNew(row) ? 4 : 2);
      if (!achieved && (!over || (collectionId && !(await listedSince(sql, row, collectionId)))))
        return false;
      const message = achieved
        ? null
        : `The distributor reports the order as done, but shows ${seen ? describe(row, seen) : nothingOf(row)}.`;
      if (achieved) await resolveKeys(sql, keysAbout(row));
      else await reportConflict(sql, row, message!);
      await endChange(sql, changeId, {
        state: achieved ? 'done' : 'failed',
        message,
        seen: seen ?? undefined,
      });
      return true;
    },

    /** If the distributor cannot be read, ends an approved change unsent. True if it has ended. */
    async abandonChange({ changeId, why }: { changeId: string; why: string }): Promise<boolean> {
      const row = await required(changeId);
      if (row.state !== 'approved') return row.state !== 'placing' && row.state !== 'placed';
      await fail(row, `The distributor could not be read, so nothing was sent. ${why}`);
      return true;
    },

    /** Expires requests nobody decided in time; starts the workflow of an approved one that was never started. */
    async sweepChanges(): Promise<void> {
      // No longer ambiguous once the distributor shows what was wanted.
      for (const row of await unresolvedChanges(sql)) {
        if (!(await isAchieved(row))) continue;
        await resolveKeys(sql, keysAbout(row));
        await endChange(sql, row.id, { state: 'done', message: null });
      }
      for (const id of await sweepChanges(sql)) {
        const row = await required(id);
        const target = await changeTarget(sql, row.integrationId);
        if (!target) continue;
        await startChange(deps.temporal, changeInput(row, target.kind));
      }
    },
  };

  /** The integration's currency, for the rule that nothing is ordered in another one. */
  async function currencyOf({ integrationId }: ChangeRow): Promise<{ accountCurrency: string | null }> {
    return { accountCurrency: (await changeTarget(sql, integrationId))?.currency ?? null };
  }

  /** A customer that already exists at the distributor is not created again. */
  async function checkNewCustomer(row: ChangeRow): Promise<ChangeStep> {
    const twin = await twinOf(sql, row.connectionId, row.wanted.customer!, await taxFieldsOf(row));
    if (!twin) return { state: 'ready' };
    if (!twin.same) return await refuse(row, twinMessage(twin));
    await noteMade(sql, row, twin.id);
    const { seen } = await outcomeOf(sql, await required(row.id));
    const message = `The distributor has this customer already, found by its ${twin.by}; nothing was made.`;
    await endChange(sql, row.id, { state: 'done', message, seen: seen ?? undefined });
    return { state: 'ended' };
  }

  async function definitionOf({ integrationId }: ChangeRow): Promise<Definition> {
    const target = await changeTarget(sql, integrationId);
    const found = definitions.find(({ kind }) => kind === target?.kind);
    if (!found) throw new Failure('not-found', 'The integration was deleted.', { retryable: false });
    return found;
  }

  async function taxFieldsOf(row: ChangeRow): Promise<readonly string[]> {
    return (await definitionOf(row)).taxNumberFields ?? [];
  }

  /** Whether the ledger shows what was wanted; stores the distributor's id of something new. */
  async function isAchieved(row: ChangeRow): Promise<boolean> {
    const made = isNew(row) ? await findMade(sql, row, await taxFieldsOf(row)) : null;
    if (isNew(row) && made === null) return false;
    if (made !== null) await noteMade(sql, row, made);
    const now = made === null ? row : await required(row.id);
    return (await outcomeOf(sql, now)).achieved;
  }

  async function orderOf(row: ChangeRow): Promise<Order> {
    return { ...sentOrder(row), ...(await orderRecord(sql, row)) };
  }

  async function took(row: ChangeRow, { operation, state, message, made }: OrderAnswer): Promise<ChangeStep> {
    if (state === 'failed')
      return await fail(row, `The distributor did not carry it out${message ? `: ${message}` : '.'}`);
    await markPlaced(sql, row, operation, made);
    if (state === 'partial')
      Context.current().log.warn('a change was carried out in part', { changeId: row.id });
    return { state: 'placed', operation, done: state !== 'pending' || operation === null };
  }

  async function refuse(
    row: ChangeRow,
    message: string,
    seen?: ChangeRow['seen'] & object,
  ): Promise<ChangeStep> {
    await endChange(sql, row.id, { state: 'refused', message, seen });
    return { state: 'ended' };
  }

  async function fail(row: ChangeRow, message: string): Promise<ChangeStep> {
    await reportConflict(sql, row, message);
    await endChange(sql, row.id, { state: 'failed', message });
    return { state: 'ended' };
  }
}

/** The order as needed to poll it; placing it also needs the record. */
const sentOrder = ({ id, kind, customerId, subscriptionId, wanted }: ChangeRow): Order => ({
  kind,
  customerId,
  subscriptionId,
  wanted,
  reference: id,
  record: null,
  domain: null,
});
