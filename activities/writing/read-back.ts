import { Context } from '@temporalio/activity';
import { rememberMarkerSupport } from '../../db/connections/connections.ts';
import { type Confirmed, confirmClient, confirmLicences } from '../../db/imports/confirming.ts';
import { knownLicences, newestBefore } from '../../db/imports/records.ts';
import type { PlannedItem, Write } from '../../db/imports/writes.ts';
import { type Licence, marker } from '../../domain/licence.ts';
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

/** Confirms the items of these creates that exist at the destination; returns the others. */
export async function confirmCreated(run: Writing, writes: Write[]): Promise<Set<PlannedItem>> {
  const items = writes.flatMap((write) => write.items);
  const missing = new Set(items);
  const found: Confirmed[] = [];
  if (run.kind === 'subscriptions' && run.markerSupport === 'link') {
    found.push(...(await linkedAmong(run, items)));
  } else if (run.kind === 'subscriptions' && run.markerSupport === 'notes') {
    for (const [clientId, theirs] of byClient(items)) found.push(...(await markedAt(run, clientId, theirs)));
  } else {
    for (const item of items) {
      Context.current().heartbeat();
      const licence = run.kind === 'subscriptions';
      const id = licence ? await findCreatedLicence(run, item, found) : await confirmCreatedClient(run, item);
      if (id === null) continue;
      missing.delete(item);
      if (run.markerSupport === null)
        await detectMarkerSupport(run, licence ? 'licence' : 'client', item, id);
    }
  }
  await confirmLicences(run.sql, run, found);
  for (const { item } of found) missing.delete(item);
  return missing;
}

function byClient(items: PlannedItem[]): Map<string, PlannedItem[]> {
  const clients = new Map<string, PlannedItem[]>();
  for (const item of items) {
    const theirs = clients.get(item.clientId!);
    if (theirs) theirs.push(item);
    else clients.set(item.clientId!, [item]);
  }
  return clients;
}

/** Finds which licences to be created for a client exist there with our marker. */
async function markedAt(run: Writing, clientId: string, items: PlannedItem[]): Promise<Confirmed[]> {
  Context.current().heartbeat();
  const listed = await run.to.connector.licencesOf(run.to.context, clientId);
  const rows = listed.filter((row) => !row.deleted).sort((a, b) => byAge(a.id, b.id));
  return items.flatMap((item) => {
    const { type, thirdPartyId } = linkOf(run, item);
    const licence = rows.find((row) => row.marker === marker(type, thirdPartyId));
    return licence ? [{ item, licence }] : [];
  });
}

/** Finds which licences to be created exist with our link; asks for links only if there are unknown licences. */
async function linkedAmong(run: Writing, items: PlannedItem[]): Promise<Confirmed[]> {
  if (items.length === 0) return [];
  const { connector, context } = run.to;
  const strange = await strangeLicences(run, items);
  const found: Confirmed[] = [];
  for (const item of likelyFirst(items, strange)) {
    if (strange.rows.size === 0 && strange.legible) break;
    Context.current().heartbeat();
    let created: Licence | null = null;
    for (const id of await findCreated(run, 'licence', item)) {
      const licence = strange.rows.get(id) ?? (await connector.licence(context, id));
      strange.rows.delete(id);
      if (!created && licence && !licence.deleted) created = licence;
    }
    if (created) found.push({ item, licence: created });
  }
  return found;
}

/** Licences that only an ambiguous write of this import, or somebody else since it began, can have created. */
interface Strange {
  rows: Map<string, Licence>;
  /** False if a row has no readable id, so that it may be any licence. */
  legible: boolean;
}

/** Reads the list of the items' client or, for several clients, the newest licences of all clients. */
export async function strangeLicences(run: Writing, items: PlannedItem[]): Promise<Strange> {
  const { connector, context } = run.to;
  const clients = [...byClient(items).keys()];
  let listed: (Licence | null)[] | null = null;
  if (clients.length > 1) {
    const floor = await newestBefore(run.sql, run, items);
    listed = await connector.newestLicences(context, floor, clients.length);
  }
  if (!listed) {
    listed = [];
    for (const clientId of clients) {
      Context.current().heartbeat();
      listed.push(...(await connector.licencesListed(context, clientId)));
    }
  }
  const rows = listed.filter((row) => row !== null && !row.deleted) as Licence[];
  const ids = rows.map(({ id }) => id);
  const known = await knownLicences(run.sql, run, ids);
  return {
    rows: new Map(rows.filter(({ id }) => !known.has(id)).map((row) => [row.id, row])),
    legible: !listed.includes(null),
  };
}

/** Puts items first whose client and name match an unknown licence. */
export function likelyFirst(items: PlannedItem[], { rows }: Strange): PlannedItem[] {
  const shown = new Set([...rows.values()].map(({ clientId, name }) => `${clientId} ${name}`));
  const rank = ({ clientId, after }: PlannedItem) => (shown.has(`${clientId} ${after.name}`) ? 0 : 1);
  return [...items].sort((a, b) => rank(a) - rank(b));
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
