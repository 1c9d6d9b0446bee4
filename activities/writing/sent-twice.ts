import { Context } from '@temporalio/activity';
import { mirror } from '../../db/imports/duplicates.ts';
import type { PlannedItem } from '../../db/imports/writes.ts';
import type { Licence, Link } from '../../domain/licence.ts';
import { linkOf, type Writing } from './context.ts';
import { likelyFirst, strangeLicences } from './read-back.ts';

/**
 * Checks creates that were sent again: if the first request arrived late, two records exist. They are read into the
 * mirror, where the search for duplicates finds them. Costs a call or two if there are none.
 */
export async function readSentTwice(run: Writing, items: PlannedItem[]): Promise<void> {
  if (run.markerSupport !== 'link') return;
  if (run.kind === 'customers') return await readClients(run, items);
  const strange = await strangeLicences(run, items);
  for (const item of likelyFirst(items, strange)) {
    if (strange.rows.size === 0 && strange.legible) return;
    const links = await linksTo(run, item);
    if (links.length > 1) await readLicences(run, links, strange.rows);
    for (const { recordId } of links) strange.rows.delete(recordId);
  }
}

async function readClients(run: Writing, items: PlannedItem[]): Promise<void> {
  const { connector, context } = run.to;
  for (const item of items) {
    const links = await linksTo(run, item);
    if (links.length < 2) continue;
    const clients = await Promise.all(links.map(({ recordId }) => connector.client(context, recordId)));
    await mirror(run, { clients: clients.filter((client) => client !== null), links });
  }
}

async function readLicences(run: Writing, links: Link[], listed: Map<string, Licence>): Promise<void> {
  const { connector, context } = run.to;
  const licences = await Promise.all(
    links.map(({ recordId }) => listed.get(recordId) ?? connector.licence(context, recordId)),
  );
  await mirror(run, { licences: licences.filter((licence) => licence !== null), links });
}

async function linksTo(run: Writing, item: PlannedItem): Promise<Link[]> {
  Context.current().heartbeat();
  const { thirdPartyId, type } = linkOf(run, item);
  return await run.to.connector.linksOf(run.to.context, thirdPartyId, type);
}
