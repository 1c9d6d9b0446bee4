import { linkType } from '../../domain/licence.ts';
import type { DifferenceClassName } from '../../domain/reconciliation.ts';
import type { Sql } from '../client.ts';
import { type ChargesSide, chargesSide, toldOf } from './charges-side.ts';
import { type Difference, type Differences, differences } from './differences.ts';
import { type SideList, type Sides, sidesOf } from './sides.ts';

export interface ReconciliationRequest {
  /** null for the current state. */
  asOf: Date | null;
  class?: DifferenceClassName;
  limit: number;
  offset: number;
  /** Each distributor's name on licences, by kind. */
  distributorNames: Record<string, string>;
  /** A side whose listing is older than this many milliseconds is stale. */
  staleAfterMs: (sides: Sides) => number;
}

export interface Reconciliation {
  state: 'known' | 'unknown';
  /** Why it is unknown: one sentence per list. */
  unknown: string[];
  /** Both sides are known as of this time, the older of the two; null if one was never listed. */
  asOf: Date | null;
  items: Difference[];
  summary: Differences['summary'];
  /** The third column; null where the distributor offers no charges or none were read. */
  charges: ChargesSide | null;
}

/**
 * Compares both sides of an integration, page by page. If a side was never listed completely, its last listing was
 * incomplete, or it is stale, the result is unknown: finding no difference then proves nothing.
 */
export async function reconcile(
  sql: Sql,
  integrationId: string,
  request: ReconciliationRequest,
): Promise<Reconciliation | null> {
  const { asOf, distributorNames, staleAfterMs, ...page } = request;
  const sides = await sidesOf(sql, integrationId, asOf);
  if (!sides) return null;
  const unknown = doubts(sides.lists, asOf ?? new Date(), staleAfterMs(sides));
  const begun = sides.lists.map(({ startedAt }) => startedAt);
  const oldest = begun.some((at) => at === null)
    ? null
    : new Date(Math.min(...begun.map((at) => at!.getTime())));
  const charges = await chargesSide(sql, sides, asOf ?? new Date());
  const found = await differences(sql, sides, {
    ...page,
    asOf,
    charges,
    distributorName: distributorNames[sides.sourceKind]!,
    subscriptionLinkType: linkType(sides.sourceKind, sides.account, 'subscription'),
    marginFloorPercent: sides.options.marginFloorPercent ?? null,
  });
  return {
    state: unknown.length > 0 ? 'unknown' : 'known',
    unknown,
    asOf: oldest,
    charges: charges && toldOf(charges),
    ...found,
  };
}

function doubts(lists: SideList[], at: Date, staleAfterMs: number): string[] {
  return lists.flatMap(({ side, kind, state, startedAt }) => {
    const what = `The ${side}'s ${kind}`;
    if (state === null || startedAt === null) return [`${what} were not listed yet. Import them first.`];
    if (state !== 'complete')
      return [
        `${what} were last listed ${state === 'failed' ? 'without success' : 'incompletely'}. Import them again.`,
      ];
    if (at.getTime() - startedAt.getTime() > staleAfterMs)
      return [
        `${what} were last listed at ${startedAt.toISOString()}, which is too long before. Import them again.`,
      ];
    return [];
  });
}
