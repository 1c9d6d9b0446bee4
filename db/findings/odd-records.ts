import type { Finding } from '../../domain/findings/finding.ts';
import { finding } from '../../domain/findings/finding.ts';
import type { ImportKind } from '../../domain/kinds.ts';
import type { Sql } from '../client.ts';
import { expectedRepeats } from '../ledger/repeats.ts';
import { report } from './lifecycle.ts';

const shown = 200;

interface Listing {
  integrationId: string;
  connectionId: string;
  collectionId: string;
  kind: ImportKind;
  whole: boolean;
  attempt: number;
  /** Ids that came more than once, each as often as it was repeated. */
  repeated: string[];
}

/** Reports unreadable and repeated records of a listing, one finding each; resolves those corrected since. */
export async function reportOddRecords(sql: Sql, importId: string): Promise<void> {
  const [listing] = await sql<Listing[]>`
    select i.integration_id as "integrationId", c.connection_id as "connectionId", c.id as "collectionId", c.kind,
      c.customer_ids is null and c.state in ('complete', 'incomplete') as whole, c.attempt, c.repeated
    from imports i join collections c on c.id = i.collection_id where i.id = ${importId}`;
  if (!listing) return;
  const found = [
    ...(await quarantined(sql, listing, importId)),
    ...(await listedTwice(sql, listing, importId)),
  ];
  await report(sql, found);
  if (listing.whole) await resolveOthers(sql, listing, importId, found);
}

async function quarantined(sql: Sql, listing: Listing, importId: string): Promise<Finding[]> {
  const { integrationId, kind } = listing;
  const rows = await sql<{ externalId: string | null; problem: string; count: number }[]>`
    select q.external_id as "externalId", min(q.problem) as problem, count(*)::int as count
    from quarantine q join collections c on c.id = q.collection_id and c.attempt = q.attempt where c.id = ${listing.collectionId}
    group by q.external_id order by q.external_id nulls first limit ${shown}`;
  return rows.map((row) => finding('quarantined', { integrationId, importId, of: kind, ...row }));
}

async function listedTwice(sql: Sql, listing: Listing, importId: string): Promise<Finding[]> {
  const { integrationId, connectionId, collectionId, kind, repeated } = listing;
  if (repeated.length === 0) return [];
  // A single time may be a list that shifted between pages.
  const before = new Set(await expectedRepeats(sql, { ...listing, id: collectionId }));
  const twice = [...new Set(repeated)]
    .filter((id) => before.has(id))
    .map((id) => ({ id, count: 1 + repeated.filter((other) => other === id).length }));
  const of = kind === 'customers' ? sql`null::text` : sql`r.customer_id`;
  const rows = await sql<
    {
      externalId: string;
      count: number;
      name: string | null;
      customerId: string | null;
      customerName: string | null;
    }[]
  >`
    select t.id as "externalId", t.count, r.name, ${of} as "customerId", c.name as "customerName"
    from jsonb_to_recordset(${JSON.stringify(twice)}::text::jsonb) as t(id text, count int)
    left join ${sql(kind)} r on r.connection_id = ${connectionId} and r.id = t.id
    left join customers c on c.connection_id = ${connectionId} and c.id = ${of} order by t.id`;
  return rows.map((row) => finding('listed-twice', { integrationId, importId, of: kind, ...row }));
}

async function resolveOthers(sql: Sql, listing: Listing, importId: string, found: Finding[]): Promise<void> {
  await sql`
    update findings set state = 'resolved', resolved_at = coalesce(resolved_at, now()), muted_until = null,
      resolution = ${JSON.stringify({ by: 'import', importId })}::text::jsonb
    where integration_id = ${listing.integrationId} and kind in ('quarantined', 'listed-twice')
      and subject ->> 'of' = ${listing.kind} and (state <> 'resolved' or resolution ->> 'action' = 'dismiss')
      and key not in (select jsonb_array_elements_text(${JSON.stringify(found.map(({ key }) => key))}::text::jsonb))`;
}
