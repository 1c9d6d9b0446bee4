import { type Provider, readSubscriptions, servedSubscription } from '../../db/ledger/work365.ts';
import type { Actor } from '../../domain/actor.ts';
import type { Context } from '../context.ts';
import { Problem } from '../problem.ts';
import { requestChange } from '../request-change.ts';
import type { WriteRoute } from './contract.ts';
import { type Made, subscriptionIdOf } from './making.ts';
import { idOfModel } from './models.ts';
import { isTold, subscriptionRecord } from './records.ts';

/**
 * Requests a change by Work 365 at the distributor, under the integration's policy. The answer is the current
 * subscription: a change that waits for approval or the distributor shows in a later read. null: the id is unknown.
 */
export async function askForChanges(
  context: Context,
  provider: Provider,
  asks: NonNullable<WriteRoute['asks']>,
  id: string | undefined,
  body: unknown,
): Promise<Made | null> {
  const { sql } = context.db;
  const given = id ?? idOfModel(body);
  if (given === undefined) throw new Problem('invalid-request', 'The subscription has no id.');
  const now = await servedSubscription(sql, provider, await subscriptionIdOf(sql, provider, given));
  if (!now) return null;
  const by: Actor = { kind: 'key', name: 'Work 365', id: provider.connectionId };
  for (const { kind, wanted } of asks({ body, now }))
    await requestChange(context, {
      integrationId: provider.integrationId,
      kind,
      subscriptionId: now.id,
      wanted,
      by,
    });
  const { rows } = await readSubscriptions(sql, provider, now.customerId, now.id);
  const { currency } = provider.settings;
  const record = rows
    .filter(isTold)
    .map(subscriptionRecord(typeof currency === 'string' ? currency : null))[0];
  return record ? { status: 200, record } : null;
}
