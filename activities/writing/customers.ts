import type { NewClient } from '../../connectors/contract.ts';
import { report } from '../../db/findings/lifecycle.ts';
import { confirmAddress, confirmClient } from '../../db/imports/confirming.ts';
import { failItems, intend, intendCreate, type PlannedItem, settleWrite } from '../../db/imports/writes.ts';
import { hasNamesake, isMapped, mainSiteOf } from '../../db/integrations/mappings.ts';
import type { Address } from '../../domain/customer.ts';
import { finding } from '../../domain/findings/finding.ts';
import { customerRules } from '../../domain/rules.ts';
import { attempt, markReplyAmbiguous } from './ambiguous.ts';
import { linkOf, markerOf, sameName, type Writing } from './context.ts';
import { detectMarkerSupport } from './read-back.ts';

export async function writeCustomer(run: Writing, item: PlannedItem): Promise<void> {
  if (item.rule === 'known_by_id') return await mapKnown(run, item);
  if (item.rule === 'address_changed') return await writeAddress(run, item);
  if (await alreadyMade(run, item)) return;
  const { intent } = await intendCreate(run.sql, run, 'client', run.customerType, [item]);
  if (!intent) return await createdElsewhere(run, item);
  const { connector, context } = run.to;
  const rows = await attempt(
    run,
    intent,
    () => connector.createClient(context, newClient(run, item)),
    (one) => writeCustomer(run, one),
  );
  if (!rows) return;
  const [client, ...others] = rows;
  if (!client || others.length > 0 || !sameName(client.name, item.name))
    return await markReplyAmbiguous(run, intent);
  await detectMarkerSupport(run, 'client', item, client.id);
  await confirmClient(run.sql, run, item, client, 'created');
  await settleWrite(run.sql, intent, 'confirmed');
}

function newClient(run: Writing, item: PlannedItem): NewClient {
  const after = item.after as unknown as Pick<
    NewClient,
    'name' | 'topLevelId' | 'address' | 'phone' | 'domain'
  >;
  return { ...after, link: linkOf(run, item), marker: markerOf(run, item) };
}

async function mapKnown(run: Writing, item: PlannedItem): Promise<void> {
  const client = await run.to.connector.client(run.to.context, item.clientId!);
  if (!client || client.inactive)
    return await failItems(
      run.sql,
      run.importId,
      [item],
      'The client linked to this customer is gone or inactive.',
      'held',
    );
  try {
    await confirmClient(run.sql, run, item, client, 'uid');
  } catch (error) {
    if ((error as { code?: string }).code !== uniqueViolation) throw error;
    const message = 'The client linked to this customer has since been mapped to another customer.';
    await failItems(run.sql, run.importId, [item], message, 'held');
  }
}

async function writeAddress(run: Writing, item: PlannedItem): Promise<void> {
  const siteId = await mainSiteOf(run.sql, run.destinationId, item.clientId!);
  const intent = await intend(run.sql, run.importId, 'site', [item]);
  const { connector, context } = run.to;
  const wrote = await attempt(
    run,
    intent,
    async () => {
      await connector.updateSiteAddress(context, {
        clientId: item.clientId!,
        siteId: siteId!,
        address: item.after.address as Address,
      });
      return true;
    },
    (one) => writeCustomer(run, one),
  );
  if (!wrote) return;
  await confirmAddress(run.sql, run, item);
  await settleWrite(run.sql, intent, 'confirmed');
}

/** Checks again just before the write: it may have been mapped since, or another import created a similar client. */
async function alreadyMade(run: Writing, item: PlannedItem): Promise<boolean> {
  if (await isMapped(run.sql, run.integrationId, item.externalId)) {
    await failItems(run.sql, run.importId, [item], 'The customer has since been mapped to a client.', 'held');
    return true;
  }
  if (item.rule === 'create_decided') return false;
  if (await hasNamesake(run.sql, run, item.externalId)) {
    await failItems(
      run.sql,
      run.importId,
      [item],
      'A client with a similar name has since been created.',
      'held',
    );
    return true;
  }
  return false;
}

/** The other import created a client of this name first; whether it is the same customer, a person decides. */
async function createdElsewhere(run: Writing, item: PlannedItem): Promise<void> {
  await failItems(run.sql, run.importId, [item], customerRules.created_elsewhere.message!, 'held');
  await report(run.sql, [
    finding('customer-held', {
      integrationId: run.integrationId,
      importId: run.importId,
      customerId: item.externalId,
      customerName: item.name,
      reason: 'created-elsewhere',
      candidates: [],
    }),
  ]);
}

const uniqueViolation = '23505';
