import { definitions } from '../connectors/definitions.ts';
import { type ChangeRow, changeTarget, factsOf, openChange } from '../db/changes/changes.ts';
import type { Actor } from '../domain/actor.ts';
import { type ChangeKind, unfinishedStates, type Wanted } from '../domain/change.ts';
import { approvalFor, costOf, forbidden } from '../domain/change-policy.ts';
import { startChange } from '../temporal/start.ts';
import type { Context } from './context.ts';
import { found, Problem } from './problem.ts';

export interface ChangeRequest {
  integrationId: string;
  kind: ChangeKind;
  /** null of what is new. */
  subscriptionId: string | null;
  customerId?: string;
  wanted: Wanted;
  by: Actor;
}

/** What asking for a change would come to; throws what asking would be refused with. */
export async function estimateChange({ db: { sql } }: Context, request: Omit<ChangeRequest, 'by'>) {
  const { integrationId, kind, subscriptionId, wanted } = request;
  const {
    policy,
    mode,
    connectionId,
    kind: distributor,
  } = found(await changeTarget(sql, integrationId), 'integration');
  if (policy.changes === 'off')
    throw new Problem(
      'not-applicable',
      'This integration places no changes at the distributor: its option `changes` is off.',
    );
  if (mode !== 'apply')
    throw new Problem(
      'not-applicable',
      `This integration's mode is ${mode}: it places no changes at the distributor.`,
    );
  const { name, changes = [] } = definitions.find((one) => one.kind === distributor)!;
  if (!changes.includes(kind))
    throw new Problem(
      'not-applicable',
      `${name} offers no way to do this (${kind}). It can do: ${changes.join(', ') || 'nothing'}.`,
    );
  const facts =
    subscriptionId === null ? null : found(await factsOf(sql, connectionId, subscriptionId), 'subscription');
  const rule = facts && forbidden(kind, wanted, facts, new Date());
  if (rule) throw new Problem('not-applicable', rule);
  const cost = facts ? costOf(kind, wanted, facts, new Date()) : { perCycle: null, untilTermEnd: null };
  return {
    policy,
    connectionId,
    facts,
    cost,
    base: facts && { quantity: facts.quantity, status: facts.status, autoRenew: facts.autoRenew },
    /** Why a person decides; null: nobody needs to. */
    waitsBecause: approvalFor(policy, kind, wanted, facts, cost),
  };
}

/**
 * The one way a change is asked for. The integration's policy, what the distributor can do and the rules of the
 * subscription are checked before anything is stored; what needs no approval starts at once.
 */
export async function requestChange(context: Context, request: ChangeRequest): Promise<ChangeRow> {
  const { integrationId, kind, subscriptionId, wanted, by } = request;
  const { policy, connectionId, facts, cost, base, waitsBecause } = await estimateChange(context, request);
  const outcome = await openChange(context.db.sql, {
    integrationId,
    connectionId,
    kind,
    customerId: facts?.customerId ?? request.customerId ?? null,
    subscriptionId,
    wanted,
    base,
    cost,
    cancelUntil: facts?.cancelUntil ?? null,
    waitsBecause,
    fourEyes: policy.fourEyes,
    by,
    approvalHours: policy.approvalHours,
  });
  if ('busy' in outcome) {
    const { busy } = outcome;
    const same = busy.kind === kind && JSON.stringify(busy.wanted) === JSON.stringify(wanted);
    // Asked for twice, as a caller does that got no answer.
    if (same) return busy;
    throw new Problem(
      'conflict',
      `Another change of this subscription is ${busy.state}: ${busy.id}. Decide or await that one first.`,
      { changeId: busy.id },
    );
  }
  if (outcome.opened.state === 'approved') await begin(context, outcome.opened);
  return outcome.opened;
}

/** Starts what carries an approved change out. A start that fails now is made up for within a minute. */
export async function begin(context: Context, change: ChangeRow): Promise<void> {
  const { id, connectionId, customerId } = change;
  const target = await changeTarget(context.db.sql, change.integrationId);
  if (!target || !unfinishedStates.includes(change.state)) return;
  const input = { changeId: id, connectionId, connectionKind: target.kind, customerId };
  await startChange(context.temporal(), input).catch(() => undefined);
}
