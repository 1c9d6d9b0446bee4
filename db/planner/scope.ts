import type { Sql, TransactionSql } from 'postgres';
import { linkType } from '../../domain/licence.ts';
import type { IntegrationOptions } from '../schema.ts';

/** What a plan is made for and from. */
export interface PlanScope {
  importId: string;
  integrationId: string;
  sourceId: string;
  destinationId: string;
  sourceKind: string;
  distributorName: string;
  subscriptionLinkType: string;
  customerLinkType: string;
  /** The listing the plan is based on, and when it started. */
  collectionId: string;
  collectedAt: Date;
  /** True for an import of all customers: only then does absence count. */
  wholeAccount: boolean;
  customerIds: string[] | null;
  options: IntegrationOptions;
  /** Changes with any option that affects what is written, so that then every row is compared again. */
  optionsKey: string;
  previewId: string | null;
  itemIds: string[] | null;
}

export async function planScope(
  sql: Sql | TransactionSql,
  importId: string,
  distributorNames: Record<string, string>,
): Promise<PlanScope> {
  const [row] = await sql<
    (Omit<PlanScope, 'optionsKey' | 'distributorName' | 'subscriptionLinkType' | 'customerLinkType'> & {
      account: string | null;
    })[]
  >`
    select i.id as "importId", i.integration_id as "integrationId", n.source_id as "sourceId", n.destination_id as "destinationId",
      s.kind as "sourceKind", s.identity as account, n.options, i.customer_ids as "customerIds", i.preview_id as "previewId",
      i.item_ids as "itemIds", c.id as "collectionId", c.started_at as "collectedAt", c.customer_ids is null as "wholeAccount"
    from imports i join integrations n on n.id = i.integration_id join connections s on s.id = n.source_id
    join collections c on c.id = i.collection_id
    where i.id = ${importId}`;
  if (!row) throw new Error(`import ${importId} has no listing to plan from`);
  const { account, ...rest } = row;
  const of = account ?? row.sourceId;
  const distributorName = distributorNames[row.sourceKind]!;
  return {
    ...rest,
    distributorName,
    subscriptionLinkType: linkType(row.sourceKind, of, 'subscription'),
    customerLinkType: linkType(row.sourceKind, of, 'customer'),
    optionsKey: `|${row.options.currency ?? ''}|${row.options.timeZone}|${distributorName}${ownershipKey(row.options)}`,
  };
}

/** Deletes an earlier plan of this import, so that planning can be retried; of concurrent attempts the last wins. */
export async function clearPlan(sql: Sql | TransactionSql, importId: string): Promise<void> {
  await sql`select 1 from imports where id = ${importId} for update`;
  const [written] = await sql`select 1 from writes where import_id = ${importId} limit 1`;
  if (written) throw new Error('a plan that is being written is not made again');
  await sql`delete from items where import_id = ${importId} and outcome <> 'quarantined'`;
}

const ownershipKey = ({ ownership = [] }: IntegrationOptions) =>
  ownership.length > 0 ? `|${JSON.stringify(ownership)}` : '';
