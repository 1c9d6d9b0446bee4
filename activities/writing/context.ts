import type { PushDestination } from '../../connectors/contract.ts';
import type { Sql } from '../../db/client.ts';
import { type PlannedItem, type Target, writeTarget } from '../../db/imports/writes.ts';
import { planScope } from '../../db/planner/scope.ts';
import type { MarkerSupport } from '../../db/schema.ts';
import type { ImportKind } from '../../domain/kinds.ts';
import { linkType, marker, type NewLink } from '../../domain/licence.ts';
import type { Deps } from '../deps.ts';
import { type OpenConnection, openConnection } from '../external/open-connection.ts';
import { distributorNames } from '../plans.ts';

/** An import's destination and what all its writes share. */
export interface Writing extends Target {
  sql: Sql;
  kind: ImportKind;
  to: OpenConnection<PushDestination>;
  /** Where a record of this kind keeps our id; null until the first one was created. */
  markerSupport: MarkerSupport | null;
  customerType: string;
  subscriptionType: string;
  patience: Deps['patience'];
}

export async function openWriting(deps: Deps, importId: string): Promise<Writing> {
  const { sql } = deps.db;
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

/** Whether our id is kept on what we create, so that it can be found again. */
export const isTraceable = ({ markerSupport }: Writing) =>
  markerSupport === 'link' || markerSupport === 'notes';

export function linkOf(run: Writing, item: PlannedItem): NewLink {
  const customer = run.kind === 'customers';
  return {
    thirdPartyId: item.externalId,
    secondaryId: customer ? null : item.customerId,
    type: customer ? run.customerType : run.subscriptionType,
    description: item.name,
  };
}

/** The first record carries both link and marker, so that it can be found by whichever stays. */
export function markerOf(run: Writing, item: PlannedItem): string | null {
  return run.markerSupport === 'link' ? null : marker(linkOf(run, item).type, item.externalId);
}

/** A destination may truncate a long name. */
export const sameName = (returned: string, sent: string) =>
  returned === sent || (returned.length >= 100 && sent.startsWith(returned));
