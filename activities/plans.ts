import { definitions } from '../connectors/index.ts';
import { clearPlan, type PlanScope, planScope } from '../db/plan.ts';
import { planCustomers } from '../db/plan-customers.ts';
import { guardShrink, keepToPreview } from '../db/plan-guards.ts';
import { planReports, quarantineItems } from '../db/plan-reports.ts';
import { planSubscriptions } from '../db/plan-subscriptions.ts';
import { report, settle } from '../db/reports.ts';
import { itemEvents, progress } from '../db/runs.ts';
import type { Deps } from './deps.ts';

/** Each distributor's exact name, as it stands on licences. */
export const distributorNames: Record<string, string> = Object.fromEntries(
  definitions.flatMap((definition) =>
    definition.distributorName ? [[definition.kind, definition.distributorName]] : [],
  ),
);

export interface Planned {
  /** Items to be written. */
  planned: number;
  /** … of those, records to be created. */
  creates: number;
}

export function planActivities(deps: Deps) {
  const { sql } = deps.db;

  return {
    /**
     * Plans from the ledger, what we last wrote and what the destination holds. Planning again replaces the plan.
     * `final` opens the findings and, for a preview's application, keeps only what still is as previewed.
     */
    async planImport(input: {
      importId: string;
      kind: 'customers' | 'subscriptions';
      mode: 'apply' | 'preview';
      final: boolean;
    }): Promise<Planned> {
      const { importId, kind, final } = input;
      const scope = await planScope(sql, importId, distributorNames);
      await clearPlan(sql, importId);
      const { unchanged } =
        kind === 'customers'
          ? await planCustomers(sql, scope)
          : await planSubscriptions(sql, scope, input.mode === 'apply');
      const guarded = kind === 'subscriptions' ? await guardShrink(sql, scope) : { shrink: null, gone: null };
      if (scope.previewId) await keepToPreview(sql, scope);
      else await quarantineItems(sql, scope);
      await sql`update imports set counts = counts || jsonb_build_object('unchanged', ${unchanged}::int) where id = ${importId}`;
      const [count] = await sql<Planned[]>`
        select count(*)::int as planned, count(*) filter (where action = 'create')::int as creates
        from items where import_id = ${importId} and outcome = 'planned'`;
      if (final) {
        if (input.mode === 'apply') await openFindings(scope, kind, guarded);
        await progress(sql, importId, { planned: count!.planned });
        await tellWithheld(importId);
      }
      return count!;
    },
  };

  async function openFindings(
    scope: PlanScope,
    kind: 'customers' | 'subscriptions',
    guarded: Parameters<typeof planReports>[3],
  ) {
    const reports = await planReports(sql, scope, kind, guarded);
    await report(sql, reports);
    if (scope.previewId) return;
    await settle(sql, {
      integrationId: scope.integrationId,
      importId: scope.importId,
      kinds:
        kind === 'customers'
          ? ['customer-held']
          : ['client-missing', 'shrink', 'quantity-missing', 'currency', 'status-unknown', 'licences-gone'],
      keys: reports.map((r) => r.key),
      customerIds: scope.customerIds,
    });
  }

  /** Items that are held, skipped or quarantined are told at once; the others as they are written. */
  async function tellWithheld(importId: string) {
    const rows = await sql<
      { id: string }[]
    >`select id from items where import_id = ${importId} and outcome not in ('planned', 'skipped') order by seq`;
    await itemEvents(
      sql,
      importId,
      rows.map((row) => row.id),
    );
  }
}
