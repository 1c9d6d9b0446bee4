import type { Sql } from '../db/client.ts';

/**
 * Where a contestant leaves its rows, told as one list of columns, so that all can be compared. Tributary alone keeps
 * the price band that ArrowSphere lists beside a licence.
 */
export const stored = {
  ledger: `select id, customer_id, name, quantity, unit_cost, unit_price, currency, auto_renew, trial,
    start_date::timestamptz, renewal_date::timestamptz, vendor, sku, raw::jsonb - 'priceBand' from subscriptions`,
  plain: (
    table: string,
  ) => `select partner_ref, customer_ref, offer, seat, buy_price, sell_price, currency, auto_renew, trial,
    start_date, next_renewal_date, vendor_name, sku, raw from ${table}`,
};

export interface Digest {
  rows: number;
  digest: string;
}

/** A digest of every typed column all contestants keep, and of the record as it came. */
export async function digestOf(sql: Sql, query: string): Promise<Digest> {
  const [row] = await sql.unsafe<Digest[]>(`
    with r(id, customer, name, seats, cost, price, currency, renews, trial, starts, renewal, vendor, sku, raw) as (${query})
    select count(*)::int as rows, coalesce(md5(string_agg(md5(jsonb_build_array(id, customer, name, trim_scale(seats::numeric),
      trim_scale(cost::numeric), trim_scale(price::numeric), currency, renews, trial, extract(epoch from starts),
      extract(epoch from renewal), vendor, sku, raw)::text), '' order by id)), '') as digest from r`);
  return { ...row! };
}

export function sameRows(digests: Map<string, Digest>, expected: number): void {
  const [first] = digests.values();
  const told = [...digests].map(([name, { rows, digest }]) => `${name}: ${rows} rows, ${digest}`).join('\n');
  const equal = [...digests.values()].every(
    ({ rows, digest }) => rows === expected && digest === first!.digest,
  );
  if (!equal) throw new Error(`The contestants' rows are not equal (${expected} expected):\n${told}`);
}

/** Write-ahead log written while `work` ran, in MB; a vacuum and a checkpoint before it give all the same start. */
export async function withLog<T>(sql: Sql, work: () => Promise<T>): Promise<{ result: T; walMb: number }> {
  await sql`vacuum`;
  await sql`checkpoint`;
  const [before] = await sql<{ at: string }[]>`select pg_current_wal_insert_lsn()::text as at`;
  const result = await work();
  const [after] = await sql<{ bytes: number }[]>`
    select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), ${before!.at}::pg_lsn)::float8 as bytes`;
  return { result, walMb: after!.bytes / 1e6 };
}
