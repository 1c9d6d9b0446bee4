import type { PushDestination } from '../../connectors/contract.ts';
import type { Sql } from '../../db/client.ts';
import type { PlannedItem, Target } from '../../db/imports/writes.ts';
import type { MarkerSupport } from '../../db/schema.ts';
import type { ImportKind } from '../../domain/kinds.ts';
import { marker, type NewLink } from '../../domain/licence.ts';
import type { Deps } from '../deps.ts';
import type { OpenConnection } from '../external/open-connection.ts';

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
