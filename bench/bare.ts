import { hash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { connect, type Sql } from '../db/client.ts';
import { peakOf } from './program.ts';

/**
 * The limit: what a careful program without any durability does with the same pages, the same columns and the same
 * PostgreSQL. `one`: page by page. `many`: several pages in flight, 1,000 rows a statement. `text`: the page's text
 * handed to PostgreSQL unread. `hash`: like `many`, but rows whose hash is known are left alone.
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    database: { type: 'string' },
    form: { type: 'string' },
    'in-flight': { type: 'string', default: '8' },
    keep: { type: 'boolean', default: false },
  },
});
const form = values.form as 'one' | 'many' | 'text' | 'hash';
const table = `bare_${form}`;
const inFlight = form === 'one' ? 1 : Number(values['in-flight']);
const sql: Sql = connect(values.database!, { max: inFlight });

const columns = {
  partner_ref: 'text', customer_ref: 'text', offer: 'text', seat: 'numeric(18,4)', buy_price: 'numeric(19,6)',
  sell_price: 'numeric(19,6)', currency: 'text', status_label: 'text', enabled: 'boolean', periodicity: 'int', term: 'int',
  auto_renew: 'boolean', trial: 'boolean', start_date: 'timestamptz', end_date: 'timestamptz',
  next_renewal_date: 'timestamptz', vendor_name: 'text', sku: 'text', vendor_sku: 'text', hash: 'text', raw: 'jsonb',
}; // biome-ignore format: a table
const names = Object.keys(columns);
const typed = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
const update = names.slice(1).map((name) => `${name} = excluded.${name}`);
const upsert = `on conflict (partner_ref) do update set ${update.join(', ')}`;
const insertRows = `insert into ${table} (${names.join(', ')})
  select ${names.join(', ')} from jsonb_to_recordset($1::text::jsonb) as r(${typed.join(', ')}) ${upsert}`;
const insertPage = `insert into ${table} (${names.join(', ')})
  select l->>'partner_ref', l->>'customer_ref', l->>'offer', (l->>'seat')::numeric, (l->'price'->>'buy_price')::numeric,
    (l->'price'->>'sell_price')::numeric, l->'price'->>'currency', l->>'status_label', (l->>'isEnabled')::boolean,
    (l->>'periodicity')::int, (l->>'term')::int, (l->>'auto_renew')::boolean, (l->>'trial')::boolean,
    (l->>'start_date')::timestamptz, (l->>'end_date')::timestamptz, (l->>'next_renewal_date')::timestamptz,
    l->>'vendor_name', l->>'sku', l->>'priceband_vendor_sku', null, l
  from (select r->'license' as l from jsonb_array_elements($1::text::jsonb->'results') r) p ${upsert}`;

interface Found {
  // biome-ignore lint/suspicious/noExplicitAny: the record as it comes
  results: { license: Record<string, any> }[];
  pagination: { totalPage: number };
}

const ask = (page: number) =>
  fetch(`${values.url}/index.php/api/licenses/v2/find?page=${page}&per_page=100`, {
    method: 'POST',
    headers: { apiKey: 'arrow-demo-key', 'content-type': 'application/json' },
    body: JSON.stringify({ sort: { 'license.id': 'asc' } }),
  });

type Row = { partner_ref: string; hash: string | null };

const rowsOf = (page: Found): Row[] =>
  page.results.map(({ license: l }) => ({
    partner_ref: l.partner_ref, customer_ref: l.customer_ref, offer: l.offer, seat: l.seat, buy_price: l.price.buy_price,
    sell_price: l.price.sell_price, currency: l.price.currency, status_label: l.status_label, enabled: l.isEnabled,
    periodicity: l.periodicity, term: l.term, auto_renew: l.auto_renew, trial: l.trial, start_date: l.start_date,
    end_date: l.end_date, next_renewal_date: l.next_renewal_date, vendor_name: l.vendor_name, sku: l.sku,
    vendor_sku: l.priceband_vendor_sku, hash: form === 'hash' ? hash('sha1', JSON.stringify(l)) : null, raw: l,
  })); // biome-ignore format: a table

async function write(rows: Row[]): Promise<void> {
  if (form === 'hash') {
    const known = await sql<Row[]>`
      select partner_ref, hash from ${sql(table)} where partner_ref = any(${rows.map((row) => row.partner_ref)})`;
    const hashes = new Map(known.map((row) => [row.partner_ref, row.hash]));
    rows = rows.filter((row) => hashes.get(row.partner_ref) !== row.hash);
  }
  if (rows.length > 0) await sql.unsafe(insertRows, [JSON.stringify(rows)], { prepare: true });
}

async function load(): Promise<void> {
  const first = await (await ask(1)).text();
  const pages = (JSON.parse(first) as Found).pagination.totalPage;
  let next = 2;
  if (form === 'text') {
    const lane = async () => {
      for (let page = next++; page <= pages; page = next++)
        await sql.unsafe(insertPage, [await (await ask(page)).text()], { prepare: true });
    };
    await sql.unsafe(insertPage, [first], { prepare: true });
    await Promise.all(Array.from({ length: inFlight }, lane));
    return;
  }
  const size = form === 'one' ? 1 : 1_000;
  let ready = rowsOf(JSON.parse(first));
  const lane = async () => {
    for (let page = next++; page <= pages; page = next++) {
      const rows = rowsOf((await (await ask(page)).json()) as Found);
      ready.push(...rows);
      if (ready.length < size) continue;
      const full = ready;
      ready = [];
      await write(full);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  await write(ready);
}

if (!values.keep) await sql.unsafe(`drop table if exists ${table}`);
await sql.unsafe(`create table if not exists ${table} (${typed.join(', ')}, primary key (partner_ref))`);
await Promise.all(Array.from({ length: inFlight }, () => sql`select 1`));
if (values.keep) await sql`checkpoint`;
const before = process.cpuUsage();
const began = performance.now();
await load();
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ seconds, peakMb: peakOf(process.pid), cpu: (user + system) / 1e6 }));
await sql.end();
