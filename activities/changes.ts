import { Context } from '@temporalio/activity';
import type { Distributor, Order, OrderAnswer } from '../connectors/contract.ts';
import {
  type ChangeRow,
  changeTarget,
  endChange,
  factsOf,
  followers,
  getChange,
  intendChange,
  markAmbiguousChange,
  markPlaced,
  movedMessage,
  outcomeOf,
  sweepChanges,
  withdrawIntent,
} from '../db/changes/changes.ts';
import { resolveKeys } from '../db/findings/ledger-age.ts';
import { report } from '../db/findings/lifecycle.ts';
import { importInputOf, openImport } from '../db/imports/imports.ts';
import { bySystem } from '../domain/actor.ts';
import { moved } from '../domain/change.ts';
import { forbidden } from '../domain/change-policy.ts';
import { Failure } from '../domain/failure.ts';
import { finding, findingKey } from '../domain/findings/finding.ts';
import type { ImportInput } from '../temporal/messages.ts';
import { startChange } from '../temporal/start.ts';
import type { Deps } from './deps.ts';
import { openConnection, withHeartbeat } from './external/open-connection.ts';

/** The state of a change: whether its workflow continues, and with what. */
export type ChangeStep =
  | { state: 'ready' }
  /** The distributor has accepted it; `operation` is its order id. */
  | { state: 'placed'; operation: string | null; done: boolean }
  /** Nothing was sent; a later attempt may succeed. */
  | { state: 'later'; waitMs: number }
  | { state: 'unknown' }
  | { state: 'ended' };

export function changeActivities(deps: Deps) {
  const { sql } = deps.db;

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
      if (!row.base || !row.subscriptionId) return { state: 'ready' };
      const { facts, seen } = await nowOf(row);
      if (!facts) return await refuse(row, 'The subscription is no longer listed at the distributor.');
      if (moved(row.kind, row.base, facts).length > 0) {
        await reportConflict(row, movedMessage(row, facts));
        return await refuse(row, movedMessage(row, facts), seen ?? undefined);
      }
      const rule = forbidden(row.kind, row.wanted, facts, new Date());
      return rule ? await refuse(row, rule) : { state: 'ready' };
    },

    /** Stores the intent and places the order once. A failure becomes a result here, never a reason to send again. */
    async placeChange({ changeId }: { changeId: string }): Promise<ChangeStep> {
      const row = await required(changeId);
      if (row.state !== 'approved')
        return row.state === 'placing' ? { state: 'unknown' } : { state: 'ended' };
      const session = await openConnection<Distributor>(deps, row.connectionId, { graceMs: 60_000 });
      if (!(await intendChange(sql, changeId))) return { state: 'unknown' };
      try {
        return await took(
          row,
          await withHeartbeat(() => session.connector.changes!.place(session.context, orderOf(row))),
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

    /** After a lost answer: looks for the order by reference, else by the subscription's state. Never resends. */
    async findChange({ changeId, last }: { changeId: string; last: boolean }): Promise<ChangeStep> {
      const row = await required(changeId);
      if (row.state !== 'placing' && row.state !== 'ambiguous') return { state: 'ended' };
      const session = await openConnection<Distributor>(deps, row.connectionId);
      const { changes } = session.connector;
      const order =
        changes?.find && (await withHeartbeat(() => changes.find!(session.context, orderOf(row))));
      if (order) return await took(row, order);
      const { achieved } = await outcomeOf(sql, row);
      if (achieved && row.subscriptionId)
        return await took(row, { operation: null, state: 'done', message: null });
      if (!last) return { state: 'unknown' };
      const lost = 'No answer was received, and the distributor shows no such order.';
      if (changes?.find) return await fail(row, `${lost} Nothing was changed; ask again.`);
      const message = `${lost} Check in the distributor's portal whether it was carried out.`;
      await markAmbiguousChange(sql, changeId, message);
      await reportAmbiguous(row, message);
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
          session.connector.changes!.status(session.context, orderOf(row), operation),
        ),
      );
    },

    /** Ends the change by what a listing after the order shows of the subscription. */
    async finishChange({ changeId }: { changeId: string }): Promise<void> {
      const row = await required(changeId);
      const { seen, achieved } = await outcomeOf(sql, row);
      const message = achieved
        ? null
        : `The distributor reports the order as done, but shows ${seen ? describe(row, seen) : 'no such subscription'}.`;
      await endChange(sql, changeId, {
        state: achieved ? 'done' : 'failed',
        message,
        seen: seen ?? undefined,
      });
      if (achieved) await resolveKeys(sql, keysAbout(row));
      else await reportConflict(row, message!);
    },

    /** The integrations whose destination must be updated. */
    async changeFollowers({ connectionId }: { connectionId: string }): Promise<string[]> {
      return await followers(sql, connectionId);
    },

    /** Opens an import of the changed customer, or returns the one to wait for. */
    async openChangeImport(input: {
      integrationId: string;
      customerId: string;
    }): Promise<{ input: ImportInput } | { waitFor: string } | null> {
      const opened = await openImport(deps.db, {
        integrationId: input.integrationId,
        kind: 'subscriptions',
        mode: 'apply',
        trigger: 'change',
        startedBy: bySystem,
        customerIds: [input.customerId],
        previewId: null,
        itemIds: null,
      });
      if ('running' in opened) return { waitFor: opened.running.id };
      if (opened.opened === 'joined') return { waitFor: opened.row.id };
      return { input: await importInputOf(deps.db, opened.row.id) };
    },

    /** Expires requests nobody decided in time; starts the workflow of an approved one that was never started. */
    async sweepChanges(): Promise<void> {
      for (const id of await sweepChanges(sql)) {
        const row = await required(id);
        const target = await changeTarget(sql, row.integrationId);
        if (!target) continue;
        const { connectionId, customerId } = row;
        await startChange(deps.temporal, {
          changeId: id,
          connectionId,
          connectionKind: target.kind,
          customerId,
        });
      }
    },
  };

  async function required(changeId: string): Promise<ChangeRow> {
    const row = await getChange(sql, changeId);
    if (!row) throw new Failure('not-found', 'The change was not found.', { retryable: false });
    return row;
  }

  async function nowOf(row: ChangeRow) {
    const facts = await factsOf(sql, row.connectionId, row.subscriptionId!);
    return {
      facts,
      seen: facts && { quantity: facts.quantity, status: facts.status, autoRenew: facts.autoRenew },
    };
  }

  async function took(row: ChangeRow, { operation, state, message }: OrderAnswer): Promise<ChangeStep> {
    if (state === 'failed')
      return await fail(row, `The distributor did not carry it out${message ? `: ${message}` : '.'}`);
    await markPlaced(sql, row.id, operation);
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
    await endChange(sql, row.id, { state: 'failed', message });
    await reportConflict(row, message);
    return { state: 'ended' };
  }

  function reportConflict(row: ChangeRow, message: string) {
    return report(sql, [finding('change-failed', factsAbout(row, message))]);
  }

  function reportAmbiguous(row: ChangeRow, message: string) {
    return report(sql, [finding('change-ambiguous', factsAbout(row, message))]);
  }
}

const keysAbout = ({ connectionId, subscriptionId, id }: ChangeRow) => [
  findingKey('change-failed', connectionId, subscriptionId ?? id),
  findingKey('change-ambiguous', connectionId, subscriptionId ?? id),
];

const factsAbout = (row: ChangeRow, said: string) => ({
  integrationId: row.integrationId,
  connectionId: row.connectionId,
  changeId: row.id,
  customerId: row.customerId,
  subscriptionId: row.subscriptionId,
  wanted: row.wanted,
  base: row.base,
  entity: 'change' as const,
  said,
});

const orderOf = ({ id, kind, customerId, subscriptionId, wanted }: ChangeRow): Order => ({
  kind,
  customerId,
  subscriptionId,
  wanted,
  reference: id,
});

const describe = (
  { kind }: ChangeRow,
  seen: { quantity: string | null; status: string; autoRenew: boolean | null },
) =>
  kind === 'quantity'
    ? `${seen.quantity ?? 'no'} seats`
    : kind === 'auto-renew'
      ? `auto-renew ${seen.autoRenew ? 'on' : 'off'}`
      : `the status ${seen.status}`;
