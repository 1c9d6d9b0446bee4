import { isDeepStrictEqual } from 'node:util';
import type { Definition } from '../connectors/contract.ts';
import { definitions } from '../connectors/definitions.ts';
import { type ChangeRow, type ChangeTarget, changeTarget, openChange } from '../db/changes/changes.ts';
import { customerFieldsOf, twinOf } from '../db/changes/customers.ts';
import { factsOf, seenOf } from '../db/changes/seen.ts';
import { customerMode } from '../db/integrations/customer-modes.ts';
import type { Actor } from '../domain/actor.ts';
import { type Base, type ChangeKind, twinMessage, unfinishedStates, type Wanted } from '../domain/change.ts';
import {
  approvalFor,
  type ChangeCost,
  type ChangeFacts,
  costOf,
  factsBefore,
  forbidden,
} from '../domain/change-policy.ts';
import { lacking } from '../domain/customer-needs.ts';
import { changeInput } from '../temporal/messages.ts';
import { startChange } from '../temporal/start.ts';
import type { Context } from './context.ts';
import { found, Problem } from './problem.ts';

export interface ChangeRequest {
  integrationId: string;
  kind: ChangeKind;
  /** null for something new, and for customers. */
  subscriptionId: string | null;
  customerId?: string | null;
  wanted: Wanted;
}

/** What requesting a change would lead to. */
export interface ChangeEstimate {
  target: ChangeTarget;
  /** null for customers. */
  facts: ChangeFacts | null;
  customerId: string | null;
  base: Base | null;
  cost: ChangeCost;
  /** Why a person must approve; null if nobody needs to. */
  waitsBecause: string | null;
}

/** The distributor's side of an integration, and whether it may be changed from here. */
export async function changesOf(context: Context, integrationId: string) {
  const target = found(await changeTarget(context.db.sql, integrationId), 'integration');
  const definition = definitions.find((one) => one.kind === target.kind)!;
  const closed =
    target.policy.changes === 'off'
      ? 'This integration places no changes at the distributor: its option `changes` is off.'
      : target.mode !== 'apply'
        ? `This integration's mode is ${target.mode}: it places no changes at the distributor.`
        : null;
  return { target, definition, closed };
}

/** Why a distributor does not support this; null if it does. */
const notOffered = ({ name, changes = [] }: Definition, kind: ChangeKind): string | null =>
  changes.includes(kind)
    ? null
    : `${name} offers no way to do this (${kind}). It can do: ${changes.join(', ') || 'nothing'}.`;

/**
 * Checks the integration's policy, the distributor's capabilities and the subscription's rules, and computes the cost.
 * Nothing is stored or sent. Throws the problem that requesting the change would answer.
 */
export async function estimateChange(context: Context, request: ChangeRequest): Promise<ChangeEstimate> {
  const { sql } = context.db;
  const { integrationId, kind, subscriptionId, wanted } = request;
  const { target, definition, closed } = await changesOf(context, integrationId);
  const { connectionId, policy, currency } = target;
  const now = new Date();
  let facts: ChangeFacts | null = null;
  let customerId = request.customerId ?? null;
  let base: Base | null = null;
  let rule = closed ?? notOffered(definition, kind);
  if (kind === 'create-customer') {
    const lacks = lacking(definition.customerNeeds ?? [], wanted.customer!);
    const twin = await twinOf(sql, connectionId, wanted.customer!, definition.taxNumberFields ?? []);
    if (lacks.length > 0) rule ??= `${definition.name} needs of a customer: ${lacks.join(', ')}.`;
    if (twin?.same && rule === null)
      throw new Problem(
        'conflict',
        `The distributor has this customer already: “${twin.name}” (${twin.id}), found by its ${twin.by}.`,
        { customerId: twin.id },
      );
    if (twin) rule ??= twinMessage(twin);
  } else if (kind === 'update-customer') {
    base = found(await seenOf(sql, { kind, connectionId, customerId, subscriptionId: null }), 'customer');
  } else if (kind === 'create') {
    found(await customerFieldsOf(sql, connectionId, customerId!), 'customer');
    const like = found(await factsOf(sql, connectionId, wanted.product!.likeId), 'subscription');
    facts = factsBefore(wanted.product!, like, now);
  } else {
    const known = found(await factsOf(sql, connectionId, subscriptionId!), 'subscription');
    const { quantity, status, autoRenew } = known;
    facts = known;
    customerId = known.customerId;
    base = { quantity, status, autoRenew };
  }
  if (customerId !== null) {
    const ofCustomer = await customerMode(sql, integrationId, customerId);
    if (ofCustomer !== 'apply')
      rule ??= `Customer ${customerId} is ${ofCustomer === 'paused' ? 'paused' : 'only observed'} here, so no changes are placed for it.`;
  }
  if (facts) {
    facts = { ...facts, accountCurrency: currency };
    rule ??= forbidden(kind, wanted, facts, now);
  }
  if (rule) throw new Problem('not-applicable', rule);
  const cost = facts ? costOf(kind, wanted, facts, now) : { perCycle: null, untilTermEnd: null };
  const waitsBecause = approvalFor(policy, kind, wanted, facts, cost);
  return { target, facts, customerId, base, cost, waitsBecause };
}

/**
 * The only way to request a change: forbidden changes are refused before anything is stored; those that need no
 * approval start at once.
 */
export async function requestChange(
  context: Context,
  request: ChangeRequest & { by: Actor },
): Promise<ChangeRow> {
  const { integrationId, kind, subscriptionId, wanted, by } = request;
  const { target, facts, customerId, base, cost, waitsBecause } = await estimateChange(context, request);
  const outcome = await openChange(context.db.sql, {
    integrationId,
    connectionId: target.connectionId,
    kind,
    customerId,
    subscriptionId,
    wanted,
    base,
    cost,
    cancelUntil: facts?.cancelUntil ?? null,
    waitsBecause,
    fourEyes: target.policy.fourEyes,
    by,
    approvalHours: target.policy.approvalHours,
  });
  if ('busy' in outcome) {
    const { busy } = outcome;
    // Requested twice, as by a caller that got no answer. Another integration's request is separate.
    const same = busy.integrationId === integrationId && busy.kind === kind;
    if (same && isDeepStrictEqual(busy.wanted, wanted)) return busy;
    throw new Problem(
      'conflict',
      `Another change of this subscription or customer is ${busy.state}: ${busy.id}. Decide or await that one first.`,
      { changeId: busy.id },
    );
  }
  if (outcome.opened.state === 'approved') await begin(context, outcome.opened);
  return outcome.opened;
}

/** Starts the workflow of an approved change. If that fails, housekeeping starts it within a minute. */
export async function begin(context: Context, change: ChangeRow): Promise<void> {
  const target = await changeTarget(context.db.sql, change.integrationId);
  if (!target || !unfinishedStates.includes(change.state)) return;
  await startChange(context.temporal(), changeInput(change, target.kind)).catch(() => undefined);
}
