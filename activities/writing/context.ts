import type { PushDestination } from '../../connectors/contract.ts';
import type { Sql } from '../../db/client.ts';
import type { PlannedItem, Target } from '../../db/imports/writes.ts';
import type { MarkerSupport } from '../../db/schema.ts';
import type { ImportKind } from '../../domain/kinds.ts';
import { marker, type NewLink } from '../../domain/licence.ts';
import type { Deps } from '../deps.ts';
import type { OpenConnection } from '../external/open-connection.ts';

/** A run's destination, and what its writes have in common. */
export interface Writing extends Target {
  sql: Sql;
  kind: ImportKind;
  to: OpenConnection<PushDestination>;
  /** Where our id stays on a record of this kind; null until the first was made. */
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

/** The first record carries both, so that whichever stays can be found again. */
export function markerOf(run: Writing, item: PlannedItem): string | null {
  return run.markerSupport === 'link' ? null : marker(linkOf(run, item).type, item.externalId);
}

/** A destination may cut a long name short. */
export const sameName = (returned: string, sent: string) =>
  returned === sent || (returned.length >= 100 && sent.startsWith(returned));
