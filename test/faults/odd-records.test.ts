import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isGiven } from '../../domain/reading.ts';
import type { Fault } from '../../simulators/harness.ts';
import { changed, oddValue, pathsOf, type Specimen, specimens } from '../connectors/mutations.ts';
import { type Stack, startStack } from '../support/stack.ts';

/**
 * One field of every record turned into something odd, a thousand records at a time, all the way through listing, plan
 * and write: nothing is doubled, nothing is erased, nothing stops, and when the records are right again so is HaloPSA.
 */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ patience: { retries: { pause: async () => {} } } });
});
afterAll(() => stack?.close());

const specimen = (name: string) => specimens.find((one) => one.name === name)!;

/** As JSON carries them; what is longer or deeper than fits a page of records is left to the readers' own tests. */
const values = fc.sample(oddValue, { numRuns: 900, seed: 20_261_128 }).flatMap((value): unknown[] => {
  if (value === undefined) return [undefined];
  try {
    const text = JSON.stringify(value) ?? 'null';
    return text.length < 4_000 ? [JSON.parse(text)] : [];
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
});

interface Odd {
  path: string;
  value: unknown;
}

/** Alters each record of a listing in one field, the same one each time it is asked for; `odd` tells which, by its id. */
function oddly(of: Specimen, odd: Map<string, Odd>, spared: string[] = []): Fault['act'] {
  const known = [...Object.keys(of.readFor), ...of.needed];
  return {
    do: 'alter',
    with: (row) => {
      // ArrowSphere's search puts a licence beside its offer.
      const inside = typeof row.license === 'object' && row.license !== null;
      const record = (inside ? row.license : row) as Record<string, unknown>;
      const id = String(record[of.id]);
      const draw = hash(id);
      const paths = pathsOf(record).filter((path) => !spared.includes(path));
      // Most of what a record holds is read for nothing.
      const read = paths.filter((path) => known.includes(path));
      const from = draw % 5 === 0 || read.length === 0 ? paths : read;
      const path = from[(draw >>> 3) % from.length]!;
      const value = values[(draw >>> 9) % values.length];
      odd.set(id, { path, value });
      const altered = changed(record, path, value);
      return inside ? { ...row, license: altered } : altered;
    },
  };
}

function hash(text: string): number {
  let h = 2_166_136_261;
  for (const sign of text) h = Math.imul(h ^ sign.charCodeAt(0), 16_777_619);
  h = Math.imul(h ^ (h >>> 15), 2_246_822_519);
  return (h ^ (h >>> 13)) >>> 0;
}

const sources = [
  ['arrowsphere', 'an ArrowSphere customer', 'an ArrowSphere licence found', 'customers', 'licenses'],
  ['streamone-ion', 'an Ion customer', 'an Ion subscription', 'customers', 'subscriptions'],
  ['streamone-stellr', 'a Stellr customer', 'a Stellr subscription', 'customers', 'subscriptions'],
] as const;

/** The columns of a licence at HaloPSA, by the field of ours they hold. */
const columns: Record<string, string> = {
  name: 'name', quantity: 'count', unitCost: 'purchase_price', unitPrice: 'price', status: 'status', billingCycle: 'billing_cycle',
  term: 'term_duration', startDate: 'start_date', endDate: 'end_date', autoRenew: 'autorenew', sku: 'product_sku',
  vendorSku: 'vendor_product_sku', vendor: 'vendor', tenantId: 'tenant_id', active: 'is_active',
}; // biome-ignore format: a table
/** Fields worked out from others. */
const dependents: Record<string, string[]> = {
  quantity: ['unitCost', 'unitPrice'], usage: ['quantity', 'unitCost', 'unitPrice'], billingCycle: ['quantity', 'unitCost', 'unitPrice'],
  endDate: ['status', 'active', 'autoRenew'], status: ['active', 'autoRenew'], autoRenew: ['status', 'active'], currency: ['unitCost', 'unitPrice'],
  trial: ['status', 'name'], term: ['endDate'],
}; // biome-ignore format: a table

async function shrunk(integration: string): Promise<{ id: string }[]> {
  const { items } = await stack.expect(200, 'GET', '/v1/findings?limit=200');
  return items.filter(
    (one: { kind: string; integrationId: string; state: string }) =>
      one.kind === 'shrink' && one.integrationId === integration && one.state === 'open',
  );
}

const empty = (value: unknown) => value === null || value === undefined || value === '';

async function importedOnce(kind: (typeof sources)[number][0]) {
  const source = await stack.connect(kind, { customers: 25, subscriptions: 700 });
  const destination = await stack.connect('halopsa', { clients: 'none' });
  const integration = await stack.integrate(source, destination, { createClients: true });
  const { clients, licences, links } = destination.simulator.state;
  const run = async (...kinds: ('customers' | 'subscriptions')[]) => {
    for (const importKind of kinds.length > 0 ? kinds : (['customers', 'subscriptions'] as const)) {
      const { state, problem } = await stack.importAndWait(integration, { kind: importKind });
      expect({ state, problem }).toEqual({
        state: expect.stringMatching(/^(completed|completed_with_errors|incomplete)$/),
        problem: null,
      });
    }
    const linked = [...links.rows.values()].map(
      (link) => `${link.table_id} ${link.third_party_type} ${link.third_party_id}`,
    );
    expect(linked.filter((link, n) => linked.indexOf(link) < n)).toEqual([]);
    expect(clients.rows.size).toBe(standing);
  };
  let standing = clients.rows.size;
  for (const importKind of ['customers', 'subscriptions'] as const) {
    expect(await stack.importAndWait(integration, { kind: importKind })).toMatchObject({
      state: 'completed',
    });
    if (importKind === 'customers') standing = clients.rows.size;
  }
  const right = new Map([...licences.rows.values()].map((row) => [row.id, { ...row }]));
  const externalOf = new Map(
    [...links.rows.values()]
      .filter(({ table_id }) => table_id === 1)
      .map((link) => [link.halo_id, link.third_party_id]),
  );
  expect(right.size).toBeGreaterThan(400);
  /** Rows that differ from what was right, with what became of them. */
  const wrong = () =>
    [...right.values()].flatMap((was) => {
      const is = licences.rows.get(was.id)!;
      return Object.values(columns)
        .filter((column) => is[column as keyof typeof is] !== was[column as keyof typeof was])
        .map((column) => ({
          id: externalOf.get(was.id)!, column, was: was[column as keyof typeof was], is: is[column as keyof typeof is],
        })); // biome-ignore format: a record
    });
  return { integration, source, destination, run, wrong, licences, right };
}

const known = new Map<string, ReturnType<typeof importedOnce>>();
function imported(kind: (typeof sources)[number][0]) {
  if (!known.has(kind)) known.set(kind, importedOnce(kind));
  return known.get(kind)!;
}

describe.each(sources)('%s', (kind, customerName, subscriptionName, customerPath, subscriptionPath) => {
  test('records of the distributor', { timeout: 400_000 }, async () => {
    const { integration, source, run, wrong, licences, right } = await imported(kind);
    const of = specimen(subscriptionName);
    const odd = new Map<string, Odd>();
    source.simulator.faults.add(
      { path: `${customerPath}(\\?|$)`, times: -1, act: oddly(specimen(customerName), new Map()) },
      { path: subscriptionPath, times: -1, act: oddly(of, odd) },
    );
    await run();
    expect(odd.size).toBeGreaterThan(500);
    for (const { id, column, was, is } of wrong()) {
      const { path, value } = odd.get(id)!;
      const told = `${id}: ${column} was ${was} and is ${is}, of ${path} = ${JSON.stringify(value)?.slice(0, 80)}`;
      const fields = [...(of.readFor[path] ?? []), ...(of.needed.includes(path) ? ['name'] : [])];
      const may = [...fields, ...fields.flatMap((field) => dependents[field] ?? [])];
      expect(
        may.map((field) => columns[field]),
        told,
      ).toContain(column);
      // What is not given may be taken away; what is given and cannot be read may not.
      if (isGiven(value)) expect(empty(is) && !empty(was), told).toBe(false);
      if (column === 'count' && fields.includes('quantity'))
        expect(Math.abs(Number(value) - Number(is)), told).toBeLessThan(0.0001);
    }
    const oddIds = [...odd.values()].filter(({ path }) => path === of.id).length;
    source.simulator.faults.clear();
    await run();
    // What fell back from a huge quantity waits for a person, as any fall as deep does.
    for (const finding of await shrunk(integration)) {
      expect(new Set(wrong().map(({ column }) => column))).toEqual(new Set(['count']));
      await stack.expect(200, 'POST', `/v1/findings/${finding.id}/resolve`, { action: 'approve' });
      await run('subscriptions');
    }
    expect(wrong()).toEqual([]);
    expect(licences.rows.size - right.size).toBeLessThanOrEqual(oddIds);
  });
});

// A licence HaloPSA says is deleted is made again: that is its own word, not an odd value.
test('records of HaloPSA', { timeout: 400_000 }, async () => {
  const { destination, run, wrong, licences } = await imported('arrowsphere');
  const standing = licences.rows.size;
  const of = {
    Client: 'a HaloPSA client',
    SoftwareLicence: 'a HaloPSA licence',
    ExternalLink: 'a HaloPSA link',
  };
  for (const [resource, name] of Object.entries(of))
    destination.simulator.faults.add({
      method: 'GET', path: `/api/${resource}\\?`, times: -1, act: oddly(specimen(name), new Map(), ['id', 'deleted']),
    }); // biome-ignore format: one fault
  await run();
  destination.simulator.faults.clear();
  await run();
  expect(licences.rows.size).toBe(standing);
  expect(wrong()).toEqual([]);
});
