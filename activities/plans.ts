import { definitions } from '../connectors/index.ts';
import { report, resolveFindings } from '../db/findings/lifecycle.ts';
import { countPlanned, itemEvents, progress, withheldItems } from '../db/imports/progress.ts';
import { withhold } from '../db/integrations/customer-modes.ts';
import { needsLinkRefresh, planCustomers } from '../db/planner/customers.ts';
import { planFindings } from '../db/planner/findings.ts';
import { forgetDecisions, guardShrink, unguarded } from '../db/planner/guards.ts';
import { keepToPreview } from '../db/planner/preview.ts';
import { clearPlan, type PlanScope, planScope } from '../db/planner/scope.ts';
import { hasCreates, planSubscriptions } from '../db/planner/subscriptions.ts';
import { bulkTransaction } from '../db/sql.ts';
import type { FindingKind } from '../domain/findings/finding.ts';
import type { ImportKind, ImportMode } from '../domain/kinds.ts';
import type { Deps } from './deps.ts';
import { withHeartbeat } from './external/open-connection.ts';

/** Each distributor's exact name as written on licences. */
export const distributorNames: Record<string, string> = Object.fromEntries(
  definitions.flatMap((definition) =>
    definition.distributorName ? [[definition.kind, definition.distributorName]] : [],
  ),
);

/** The finding kinds each plan looks for; those not found again are resolved. */
const plannedFindings: Record<ImportKind, FindingKind[]> = {
  customers: ['client-missing', 'customer-held'],
  subscriptions: [
    'absence-unclear', 'client-missing', 'currency', 'customer-left', 'edited', 'licence-offered', 'licence-unreadable', 'licences-gone',
    'quantity-missing', 'shrink', 'status-unknown', 'unreadable',
  ], // biome-ignore format: a list
};

export function planActivities(deps: Deps) {
  const { sql } = deps.db;

  return {
    /**
     * Plans from the ledger, our last writes and the destination's records; replaces an earlier plan. A plan that would
     * create something asks for the external links first, unless they were just read.
     */
    async planImport(input: {
      importId: string;
      kind: ImportKind;
      mode: ImportMode;
      linksRead: boolean;
    }): Promise<{ needsLinks: boolean }> {
      const { importId, kind, mode } = input;
      const scope = await planScope(sql, importId, distributorNames);
      const planned = await withHeartbeat(() =>
        bulkTransaction(sql, async (tx) => {
          // A plan with many creates is expensive: make it once, with the links.
          const early = kind === 'subscriptions' && !input.linksRead && !scope.previewId;
          if (early && (await hasCreates(tx, scope))) return null;
          await clearPlan(tx, importId);
          const { unchanged } =
            kind === 'customers'
              ? await planCustomers(tx, scope)
              : await planSubscriptions(tx, scope, mode === 'apply');
          // What is not written takes nothing away, and a preview shows what would be.
          if (mode === 'apply' && !scope.previewId) await withhold(tx, importId);
          const guarded = kind === 'subscriptions' ? await guardShrink(tx, scope) : unguarded;
          if (scope.previewId) {
            await keepToPreview(tx, scope);
            await withhold(tx, importId);
          }
          return { guarded, counts: await countPlanned(tx, importId, unchanged) };
        }),
      );
      if (!planned) return { needsLinks: true };
      const { guarded, counts } = planned;
      const linksMatter =
        counts.creates > 0 || (kind === 'customers' && (await needsLinkRefresh(sql, scope)));
      if (linksMatter && !input.linksRead) return { needsLinks: true };
      if (mode !== 'preview' && !scope.previewId) await openFindings(scope, kind, guarded);
      await progress(sql, importId, { planned: counts.planned });
      await tellWithheld(importId);
      return { needsLinks: false };
    },
  };

  async function openFindings(
    scope: PlanScope,
    kind: ImportKind,
    guarded: Parameters<typeof planFindings>[3],
  ) {
    const reports = await planFindings(sql, scope, kind, guarded);
    await report(sql, reports);
    if (kind === 'subscriptions' && scope.wholeAccount) await forgetDecisions(sql, scope);
    await resolveFindings(sql, {
      integrationId: scope.integrationId,
      importId: scope.importId,
      kinds: plannedFindings[kind],
      keys: reports.map((r) => r.key),
      customerIds: scope.customerIds,
    });
  }

  /** Reports held, skipped and quarantined items at once; the others are reported as they are written. */
  async function tellWithheld(importId: string) {
    await itemEvents(sql, importId, await withheldItems(sql, importId));
  }
}
