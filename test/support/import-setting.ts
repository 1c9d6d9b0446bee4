import { expect } from 'vitest';
import type { HaloOptions, HaloState } from '../../simulators/halopsa/server.ts';
import type { Connected, Stack } from './stack.ts';
import type { OptionsOf } from './systems.ts';

/** An ArrowSphere account feeding a HaloPSA of its own, and what must be true of both when an import has ended. */
export interface ImportSetting {
  stack: Stack;
  source: Connected<'arrowsphere'>;
  destination: Connected<'halopsa'>;
  integration: string;
  halo: HaloState;
  option(name: keyof HaloOptions, value: unknown): void;
  customers(): ReturnType<Stack['importAndWait']>;
  subscriptions(): ReturnType<Stack['importAndWait']>;
  /** Asks for an import and does not wait for it; returns its id. */
  begin(kind: 'customers' | 'subscriptions'): Promise<string>;
  /** POSTs Halo was sent to this resource. */
  posts(resource: string): number;
  findings(kind: string): Promise<{ id: string; message: string; subject: Record<string, unknown> }[]>;
}

export interface SettingOptions {
  arrow?: OptionsOf<'arrowsphere'>;
  halo?: OptionsOf<'halopsa'>;
  settings?: Record<string, unknown>;
  options?: object;
}

export async function importSetting(
  stack: Stack,
  { arrow, halo, settings, options }: SettingOptions = {},
): Promise<ImportSetting> {
  const source = await stack.connect('arrowsphere', { customers: 6, subscriptions: 20, ...arrow });
  const destination = await stack.connect('halopsa', { clients: 'none', ...halo });
  if (settings) await stack.expect(200, 'PATCH', `/v1/connections/${destination.id}`, { settings });
  const integration = await stack.integrate(source, destination, { createClients: true, ...options });
  const { state, requests } = destination.simulator;
  return {
    stack,
    source,
    destination,
    integration,
    halo: state,
    option: (name, value) => void Object.assign(state.options, { [name]: value }),
    customers: () => stack.importAndWait(integration, { kind: 'customers' }),
    subscriptions: () => stack.importAndWait(integration, { kind: 'subscriptions' }),
    begin: async (kind) =>
      (await stack.expect(202, 'POST', `/v1/integrations/${integration}/imports`, { kind, mode: 'apply' }))
        .id,
    posts: (resource) =>
      requests.filter(({ method, path }) => method === 'POST' && path === `/api/${resource}`).length,
    findings: async (kind) =>
      (await stack.expect(200, 'GET', '/v1/findings?limit=200')).items.filter(
        (finding: { kind: string; integrationId: string; state: string }) =>
          finding.kind === kind && finding.integrationId === integration && finding.state === 'open',
      ),
  };
}

/** The import if it says that it waits out an outage, with its problem; else null. */
export async function waitsOutOutage(stack: Stack, id: string) {
  const found = await stack.expect(200, 'GET', `/v1/imports/${id}`);
  return found.problem && found.progress.waitingFor?.reason === 'outage' ? found : null;
}

/** A whole import of other accounts: whatever was about to happen in the stack has had its time when it ends. */
export async function importElsewhere(stack: Stack): Promise<void> {
  const elsewhere = await importSetting(stack, { arrow: { customers: 2, subscriptions: 2 } });
  expect(await elsewhere.customers()).toMatchObject({ state: 'completed' });
}

/** Every customer of the distributor exists exactly once at Halo and is mapped to it, and nothing else exists there. */
export async function expectClientsTrue({ stack, source, halo, integration }: ImportSetting): Promise<void> {
  const state = source.simulator.state;
  const wanted = state.customers.filter((one) => !one.deletedAt && one.ref !== state.reference);
  const clients = [...halo.clients.rows.values()].filter(
    ({ id, inactive }) => id !== halo.internalClientId && !inactive,
  );
  const mappings = await stack.sql<{ customer: string; client: string }[]>`
    select customer_id as customer, client_id as client from mappings where integration_id = ${integration}`;
  expect(mappings.map(({ customer }) => customer).sort()).toEqual(wanted.map(({ ref }) => ref).sort());
  expect(mappings.map(({ client }) => client).sort()).toEqual(clients.map(({ id }) => `${id}`).sort());
  const named = new Map(clients.map(({ id, name }) => [`${id}`, name]));
  for (const { customer, client } of mappings)
    expect(named.get(client)).toBe(nameOf(wanted.find(({ ref }) => ref === customer)!));
  const stored = await stack.sql<{ id: string }[]>`
    select id from customers where connection_id = ${source.id} and not own`;
  expect(stored.map(({ id }) => id).sort()).toEqual(
    state.customers
      .filter(({ ref }) => ref !== state.reference)
      .map(({ ref }) => ref)
      .sort(),
  );
}

const nameOf = (customer: { company: { name: string }; patch?: Record<string, unknown> }) =>
  String(customer.patch?.CompanyName ?? customer.company.name);

/**
 * The ledger holds every subscription; each living one stands as one active licence of its client, and what we
 * remember of it is that licence.
 */
export async function expectLicencesTrue({ stack, source, halo, integration }: ImportSetting): Promise<void> {
  const state = source.simulator.state;
  const stored = await stack.sql<{ id: string }[]>`
    select id from subscriptions where connection_id = ${source.id}`;
  expect(stored.map(({ id }) => id).sort()).toEqual(state.licences.map(({ id }) => `XSP${id}`).sort());
  const living = state.licences.filter((one) => ['active', 'suspended'].includes(one.state));
  const mappings = await stack.sql<{ customer: string; client: string }[]>`
    select customer_id as customer, client_id as client from mappings where integration_id = ${integration}`;
  const clientOf = new Map(mappings.map(({ customer, client }) => [customer, client]));
  const baselines = await stack.sql<{ id: string; record: string }[]>`
    select external_id as id, record_id as record from baselines where integration_id = ${integration} and entity = 'licence' and active`;
  expect(baselines.map(({ id }) => id).sort()).toEqual(living.map(({ id }) => `XSP${id}`).sort());
  const active = [...halo.licences.rows.values()].filter((row) => row.is_active && !row.deleted);
  expect(baselines.map(({ record }) => record).sort()).toEqual(active.map(({ id }) => `${id}`).sort());
  const rows = new Map(active.map((row) => [`${row.id}`, row]));
  const wrong: string[] = [];
  for (const { id, record } of baselines) {
    const row = rows.get(record)!;
    const ours = living.find((one) => `XSP${one.id}` === id)!;
    if (`${row.client_id}` !== clientOf.get(ours.customer.ref)) wrong.push(`${id}: another client`);
    if (row.count !== ours.seats) wrong.push(`${id}: ${row.count}, not ${ours.seats}`);
    // Its id is in a link, in the notes, or nowhere.
    const link = [...halo.links.rows.values()].find((one) => one.table_id === 1 && one.halo_id === row.id);
    const kept = link?.third_party_id ?? / (\S+)\]/.exec(row.notes)?.[1] ?? id;
    if (kept !== id) wrong.push(`${id}: carries ${kept}`);
  }
  expect(wrong).toEqual([]);
}

/** Something a person does in Halo's own pages. */
// biome-ignore lint/suspicious/noExplicitAny: each test knows the answer it asks for
export async function atHalo({ destination }: ImportSetting, name: string, body: object): Promise<any> {
  const url = `${destination.simulator.url}/__control/do/${name}`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  const answer = (await response.json()) as { error?: unknown } | null;
  if (answer?.error) throw new Error(JSON.stringify(answer.error));
  return answer;
}
