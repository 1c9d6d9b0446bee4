import type { Actor } from '../../domain/actor.ts';
import { ownedFields } from '../../domain/ownership.ts';
import { record } from '../audit/audit.ts';
import type { Database } from '../client.ts';
import { remember } from '../findings/decisions.ts';

/** Gives fields that a person kept for the destination back to the distributor; answers which. None: nothing was kept. */
export async function releaseFields(
  db: Database,
  {
    integrationId,
    subscriptionId,
    fields,
  }: { integrationId: string; subscriptionId: string; fields?: string[] },
  by: Actor,
): Promise<string[]> {
  return await db.sql.begin(async (tx) => {
    const [kept] = await tx<{ fields: string[] | null }[]>`
      select fields from decisions where integration_id = ${integrationId} and entity = 'subscription'
        and external_id = ${subscriptionId} and decision = 'keepTheirs' for update`;
    // A decision that names no fields is about all that can be kept.
    const standing = kept ? (kept.fields ?? ownedFields) : [];
    const released = standing.filter((field) => fields?.includes(field) ?? true);
    if (released.length === 0) return [];
    const about = { integrationId, entity: 'subscription', externalId: subscriptionId };
    await tx`
      update decisions set fields = ${JSON.stringify(standing)}::text::jsonb where integration_id = ${integrationId}
        and entity = 'subscription' and external_id = ${subscriptionId} and decision = 'keepTheirs'`;
    await remember(tx, about, { decision: 'takeOurs', fields: released }, by);
    await record(tx, by, {
      action: 'subscription.release',
      target: ['subscription', subscriptionId],
      integrationId,
      before: { kept: standing },
      after: { released },
    });
    return released;
  });
}
