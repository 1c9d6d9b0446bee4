import type { NewLicence } from '../../connectors/contract.ts';
import { type Confirmed, confirmLicences } from '../../db/imports/confirming.ts';
import { mirroredLicences } from '../../db/imports/records.ts';
import { failItems, intend, intendCreate, type PlannedItem, settleWrite } from '../../db/imports/writes.ts';
import type { Licence, LicenceFields } from '../../domain/licence.ts';
import { rule } from '../../domain/rules.ts';
import { attempt, markReplyAmbiguous } from './ambiguous.ts';
import { linkOf, markerOf, sameName, type Writing } from './context.ts';
import { detectMarkerSupport } from './read-back.ts';

export async function createLicences(run: Writing, items: PlannedItem[]): Promise<void> {
  const { intent, taken } = await intendCreate(run.sql, run, 'licence', run.subscriptionType, items);
  if (taken.length > 0) await failItems(run.sql, run.importId, taken, takenElsewhere, 'held');
  if (!intent) return;
  const batch = intent.items;
  const { connector, context } = run.to;
  const licences = batch.map((item) => newLicence(run, item));
  const rows = await attempt(
    run,
    intent,
    () => connector.createLicences(context, licences),
    (one) => createLicences(run, [one]),
  );
  if (!rows) return;
  if (!agrees(batch, rows)) return await markReplyAmbiguous(run, intent);
  await detectMarkerSupport(run, 'licence', batch[0]!, rows[0]!.id);
  await confirmLicences(
    run.sql,
    run,
    batch.map((item, i) => ({ item, licence: rows[i]! })),
  );
  await settleWrite(run.sql, intent, 'confirmed');
}

const takenElsewhere =
  'Another import is creating the licence of this subscription; the next import takes it over.';

function newLicence(run: Writing, item: PlannedItem): NewLicence {
  return {
    clientId: item.clientId!,
    fields: { ...noFields, ...(item.after as Partial<LicenceFields>) },
    link: linkOf(run, item),
    marker: markerOf(run, item),
  };
}

export async function updateLicences(run: Writing, batch: PlannedItem[]): Promise<void> {
  // One that a person gave us carries no link of ours yet.
  const isLinked = (item: PlannedItem) => item.rule !== rule('adopted_by_decision');
  const idle = batch.filter((item) => isLinked(item) && Object.keys(item.after).length === 0);
  const changed = batch.filter((item) => !idle.includes(item));
  await confirmLicences(run.sql, run, await withMirror(run, idle));
  if (changed.length === 0) return;
  const intent = await intend(run.sql, run.importId, 'licence', changed);
  const { connector, context } = run.to;
  const changes = changed.map((item) => ({
    id: item.recordId!,
    clientId: item.clientId!,
    fields: item.after as Partial<LicenceFields>,
    ...(!isLinked(item) && { link: linkOf(run, item) }),
  }));
  const rows = await attempt(
    run,
    intent,
    () => connector.updateLicences(context, changes),
    (one) => updateLicences(run, [one]),
  );
  if (!rows) return;
  const byId = new Map(rows.map((row): [string, Licence | null] => [row.id, row]));
  for (const { recordId } of changed) {
    // The answer may hold fewer rows than were written.
    if (!byId.has(recordId!)) byId.set(recordId!, await connector.licence(context, recordId!));
  }
  const gone = changed.filter((item) => !byId.get(item.recordId!));
  if (gone.length > 0)
    await failItems(run.sql, run.importId, gone, 'It no longer exists at the destination.');
  await confirmLicences(
    run.sql,
    run,
    changed.flatMap((item) => {
      const licence = byId.get(item.recordId!);
      return licence ? [{ item, licence }] : [];
    }),
  );
  await settleWrite(run.sql, intent, 'confirmed');
}

/** Rows found by their link that need no change: the row as read becomes the baseline. */
async function withMirror(run: Writing, items: PlannedItem[]): Promise<Confirmed[]> {
  if (items.length === 0) return [];
  const ids = items.map((item) => item.recordId!);
  const rows = await mirroredLicences(run.sql, run.destinationId, ids);
  const byId = new Map(rows.map((row): [string, Licence] => [row.id, row]));
  return items.map((item) => ({ item, licence: byId.get(item.recordId!) ?? null }));
}

const noFields: LicenceFields = {
  name: '', quantity: null, unitCost: null, unitPrice: null, status: null, billingCycle: null, term: null, startDate: null,
  endDate: null, autoRenew: null, distributor: null, sku: null, vendorSku: null, vendor: null, tenantId: null, customerId: null, active: true,
}; // biome-ignore format: one record

/** A batch answer is trusted only if its count, names and clients match what was sent. */
const agrees = (batch: PlannedItem[], rows: Licence[]) =>
  rows.length === batch.length &&
  new Set(rows.map((row) => row.id)).size === rows.length &&
  rows.every(
    (row, i) => row.clientId === batch[i]!.clientId && sameName(row.name, String(batch[i]!.after.name)),
  );
