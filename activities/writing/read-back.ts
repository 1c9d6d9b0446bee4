import { Context } from '@temporalio/activity';
import { rememberMarkerSupport } from '../../db/connections/connections.ts';
import {
  type Confirmed,
  confirmClient,
  confirmLicences,
  type PlannedItem,
  type Write,
} from '../../db/imports/writes.ts';
import { marker } from '../../domain/licence.ts';
import { linkOf, type Writing } from './context.ts';

/** Looks at the destination for creates whose answer was lost. */

/** After the first create on a connection: checks whether and where our id was kept. */
export async function detectMarkerSupport(
  run: Writing,
  entity: 'client' | 'licence',
  item: PlannedItem,
  recordId: string,
): Promise<void> {
  if (run.markerSupport !== null) return;
  const { connector, context } = run.to;
  const link = linkOf(run, item);
  const links = await connector.linksOf(context, link.thirdPartyId, link.type);
  if (links.some((found) => found.recordId === recordId)) run.markerSupport = 'link';
  else {
    const whole =
      entity === 'client'
        ? await connector.client(context, recordId)
        : await connector.licence(context, recordId);
    run.markerSupport = whole?.marker === marker(link.type, link.thirdPartyId) ? 'notes' : 'none';
  }
  await rememberMarkerSupport(run.sql, run.destinationId, entity, run.markerSupport);
}

/** Confirms the items of a write that exist at the destination; returns the others. */
export async function confirmCreated(run: Writing, cut: Write): Promise<PlannedItem[]> {
  const missing: PlannedItem[] = [];
  const found: Confirmed[] = [];
  for (const item of cut.items) {
    Context.current().heartbeat();
    const id =
      cut.entity === 'client'
        ? await confirmCreatedClient(run, item)
        : await findCreatedLicence(run, item, found);
    if (id === null) missing.push(item);
    else if (run.markerSupport === null)
      await detectMarkerSupport(run, cut.entity === 'client' ? 'client' : 'licence', item, id);
  }
  await confirmLicences(run.sql, run, found);
  return missing;
}

async function confirmCreatedClient(run: Writing, item: PlannedItem): Promise<string | null> {
  for (const id of await findCreated(run, 'client', item)) {
    const client = await run.to.connector.client(run.to.context, id);
    if (!client) continue;
    await confirmClient(run.sql, run, item, client, 'created');
    return id;
  }
  return null;
}

async function findCreatedLicence(
  run: Writing,
  item: PlannedItem,
  found: Confirmed[],
): Promise<string | null> {
  for (const id of await findCreated(run, 'licence', item)) {
    const licence = await run.to.connector.licence(run.to.context, id);
    // A deleted one was not created by this write.
    if (!licence || licence.deleted) continue;
    found.push({ item, licence });
    return id;
  }
  return null;
}

/** The ids of records that carry our id, oldest first. A link may outlive its record. */
async function findCreated(run: Writing, entity: 'client' | 'licence', item: PlannedItem): Promise<string[]> {
  const { connector, context } = run.to;
  const link = linkOf(run, item);
  if (run.markerSupport !== 'notes') {
    const links = await connector.linksOf(context, link.thirdPartyId, link.type);
    const linked = links.map((found) => found.recordId).sort(byAge);
    if (linked.length > 0 || run.markerSupport === 'link') return linked;
  }
  const text = marker(link.type, link.thirdPartyId);
  const rows =
    entity === 'client'
      ? await connector.clientsNamed(context, item.name)
      : await connector.licencesOf(context, item.clientId!);
  return rows
    .filter((row) => row.marker === text)
    .map((row) => row.id)
    .sort(byAge);
}

/** Newer ids are greater; they are numbers written as text. */
const byAge = (a: string, b: string) => a.length - b.length || (a < b ? -1 : 1);
