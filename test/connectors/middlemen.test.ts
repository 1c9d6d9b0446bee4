import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrowsphere } from '../../connectors/arrowsphere/index.ts';
import type { Distributor, Kind, ListPage, Order, PushDestination } from '../../connectors/contract.ts';
import { halopsa } from '../../connectors/halopsa/index.ts';
import { streamoneIon } from '../../connectors/streamone-ion/index.ts';
import { streamoneStellr } from '../../connectors/streamone-stellr/index.ts';
import { type ChangeKind, changeKinds } from '../../domain/change.ts';
import { Failure, type FailureKind } from '../../domain/failure.ts';
import { type MiddlemanName, middlemanNames, type Simulator } from '../../simulators/harness.ts';
import { type System, systems } from '../support/systems.ts';
import { contextOf } from './context.ts';

/**
 * Somebody in between answers one request of whatever a connector does: each request that it makes is found by doing it
 * once in fair weather, then answered in every way. It is always a failure that is tried again, or a lost answer of a
 * write; never the system's own word.
 */
const answers = middlemanNames.filter((name) => /^html|^(json|empty|text)-20|-502$/.test(name));
/** Who issues tokens says so in its own words; Ion never refuses one without them. */
const atTokens = (kind: string) =>
  middlemanNames.filter((name) =>
    kind === 'streamone-ion' ? !answers.includes(name) : /^json-40[013]$/.test(name),
  );
const kindsOf = (name: MiddlemanName): FailureKind[] => {
  if (name === 'html-407') return ['proxy'];
  if (name === 'html-429') return ['rate-limited'];
  return ['intermediary', 'bad-answer', ...(name.endsWith('502') ? (['unavailable'] as const) : [])];
};

// biome-ignore lint/suspicious/noExplicitAny: four connectors and what each of their functions takes
type Any = any;
type Run = () => Promise<unknown>;
interface Party {
  simulator: Simulator<unknown>;
  runs: Record<string, Run>;
}

/** What may come of it besides a failure: nothing that decides. */
const undecided: Record<string, (result: Any) => boolean> = {
  // Success is an empty answer at ArrowSphere, and may be one at Stellr: the next listing decides.
  ...Object.fromEntries(changeKinds.map((kind) => [kind, ({ made }: Any) => made == null])),
  'create-customer': () => false,
  // One by one needs no such permission.
  scopes: (result) => result === 'customer',
  // Not told, so not another account.
  identity: (result) => result === null,
  // Nothing that agrees with what was sent: a read-back decides.
  createClient: (result) => result.length === 0,
  createLicences: (result) => result.length === 0,
  updateLicences: (result) => result.length === 0,
};

const connectors: Record<Exclude<Kind, 'work365'>, Any> = {
  arrowsphere, 'streamone-ion': streamoneIon, 'streamone-stellr': streamoneStellr, halopsa,
}; // biome-ignore format: a table

async function opened(kind: keyof typeof connectors, options: object = {}) {
  const started: System = await systems[kind]({ customers: 30, subscriptions: 300, ...options } as never);
  const { definition, exchange } = connectors[kind];
  const settings = definition.settings.parse(started.settings);
  const credentials = definition.credentials.parse(started.credentials);
  let kept: Promise<string> | undefined;
  const renew = async (): Promise<string> => {
    const answer = await exchange(contextOf({ settings, credentials }), credentials.refreshToken);
    if (answer.refreshToken) credentials.refreshToken = answer.refreshToken;
    kept = Promise.resolve(answer.accessToken);
    return kept;
  };
  const token = () => (kept ??= renew());
  const context = () => contextOf({ settings, credentials, token: exchange && token }) as Any;
  if (exchange) await token();
  return { ...started, renew, context };
}

async function distributor(kind: 'arrowsphere' | 'streamone-ion' | 'streamone-stellr', options: object = {}) {
  const system = await opened(kind, options);
  const connector: Distributor<Any, Any> = connectors[kind];
  const { context } = system;
  const page = (listing: 'customers' | 'subscriptions', scope: string | null, cursor: string | null) =>
    connector[listing].page(context(), { scope, cursor }) as Promise<ListPage<Any>>;
  const [customer] = (await page('customers', null, null)).records.slice(1);
  const scope = kind === 'streamone-stellr' ? customer!.id : null;
  const held = (await page('subscriptions', scope, null)).records.flatMap((record) => {
    const read = record.read();
    return 'row' in read && read.row.status === 'active' ? [{ ...read.row, raw: record.raw }] : [];
  });
  let orders = 0;
  const order = (change: ChangeKind): Order => {
    const of = held[orders++ % held.length]!;
    const fields = {
      name: `New ${orders}`, email: `new${orders}@example.com`, phone: '1', language: 'en', firstName: 'A', lastName: 'B',
      address: { line1: 'Street 1', city: 'Town', state: 'State', postcode: '1', country: 'DE' },
    }; // biome-ignore format: a record
    return {
      kind: change,
      customerId: of.customerId,
      subscriptionId: change === 'create' ? null : of.id,
      wanted: { quantity: '31', autoRenew: false, customer: fields },
      reference: `reference-${orders}`,
      record: change === 'create' ? of.raw : null,
      domain: 'new.example',
    };
  };
  const { changes } = connector;
  const runs: Record<string, Run> = {
    test: () => connector.test(context()),
    identity: () => connector.identity(context()),
    customers: () => page('customers', null, null),
    scopes: () => connector.subscriptions.scopes(context(), null),
    subscriptions: () => page('subscriptions', scope, null),
    'subscriptions of one customer': () => page('subscriptions', customer!.id, null),
    charges: async () => {
      for await (const _ of connector.charges!.documents(context(), lastMonth, new Set()));
    },
  };
  if (kind === 'arrowsphere') {
    runs['licences listed'] = () => page('subscriptions', null, 'list:1');
    runs['licences listed of one customer'] = () => page('subscriptions', customer!.id, 'list:1');
  }
  if (connector.exchange) runs.exchange = system.renew;
  for (const change of changeKinds.filter((one) => connector.definition.changes?.includes(one))) {
    const one = order(change);
    runs[change] = () => changes!.place(context(), one);
  }
  /** Not every subscription may be changed. */
  const placed = async (change: ChangeKind) => {
    for (let tries = 1; ; tries++) {
      const one = order(change);
      try {
        return { order: one, operation: (await changes!.place(context(), one)).operation! };
      } catch (error) {
        if (tries === 20) throw error;
      }
    }
  };
  const changed = await placed('quantity');
  runs['status of a quantity'] = () => changes!.status(context(), changed.order, changed.operation);
  if (connector.definition.changes?.includes('create')) {
    const created = await placed('create');
    runs['status of an order'] = () => changes!.status(context(), created.order, created.operation);
    if (changes!.find) runs['search for an order'] = () => changes!.find!(context(), created.order);
  }
  return { simulator: system.simulator, runs };
}

const lastMonth = new Date(Date.now() - 31 * 86_400_000).toISOString().slice(0, 7);

async function destination(): Promise<Party> {
  const system = await opened('halopsa', { clients: 'most' });
  const connector: PushDestination<Any, Any> = connectors.halopsa;
  const { context } = system;
  const list = (name: 'clients' | 'licences' | 'links') => () =>
    connector[name].page(context(), { scope: null, cursor: null });
  let made = 0;
  const link = () => ({
    thirdPartyId: `XSP${++made}`,
    secondaryId: null,
    type: 'arrowsphere:XSP1:customer',
    description: 'd',
  });
  const newClient = () =>
    ({ name: `New ${++made}`, topLevelId: null, address: null, phone: null, domain: null, link: link(), marker: 'm' }) as Any; // biome-ignore format: a record
  const [client] = (await connector.createClient(context(), newClient())) as Any[];
  const licences = () => [
    { clientId: client.id, fields: { name: 'A licence', quantity: '1' }, link: link(), marker: null } as Any,
  ];
  const [licence] = await connector.createLicences(context(), licences());
  const reference = 'TRB-1';
  const ticket = { reference, summary: 's', details: 'd', clientId: client.id, ticketTypeId: null, priorityId: null, team: null }; // biome-ignore format: a record
  await connector.createTicket!(context(), ticket);
  return {
    simulator: system.simulator,
    runs: {
      test: () => connector.test(context()),
      identity: () => connector.identity(context()),
      exchange: system.renew,
      clients: list('clients'),
      licences: list('licences'),
      links: list('links'),
      topLevels: () => connector.topLevels(context()),
      agents: () => connector.agents(context()),
      client: () => connector.client(context(), client.id),
      licence: () => connector.licence(context(), licence!.id),
      linksOf: () => connector.linksOf(context(), 'XSP1', null),
      clientsNamed: () => connector.clientsNamed(context(), client.name),
      licencesOf: () => connector.licencesOf(context(), client.id),
      licencesListed: () => connector.licencesListed(context(), client.id),
      newestLicences: () => connector.newestLicences(context(), null, 2),
      ticketOf: () => connector.ticketOf!(context(), reference),
      createClient: () => connector.createClient(context(), newClient()),
      createLicences: () => connector.createLicences(context(), licences()),
      updateLicences: () =>
        connector.updateLicences(context(), [
          { id: licence!.id, clientId: client.id, fields: { quantity: String(++made) } },
        ]),
      updateSiteAddress: () =>
        connector.updateSiteAddress(context(), {
          clientId: client.id, siteId: client.mainSiteId, address: { line1: `Street ${++made}`, line2: null, city: 'Town', state: null, postcode: '1', country: null },
        }), // biome-ignore format: a record
      deactivateClient: () => connector.deactivateClient(context(), client.id),
      createTicket: () => connector.createTicket!(context(), ticket),
    },
  };
}

const parties: [string, () => Promise<Party>][] = [
  ['arrowsphere', () => distributor('arrowsphere')],
  ['streamone-ion', () => distributor('streamone-ion')],
  ['streamone-stellr', () => distributor('streamone-stellr')],
  ['halopsa', destination],
];

describe.each(parties)('%s', (kind, start) => {
  let party: Party;
  beforeAll(async () => {
    party = await start();
  });
  afterAll(() => party?.simulator.close());

  test('every function of the connector is tried', () => {
    const connector = connectors[kind as keyof typeof connectors];
    const functions = Object.keys(connector).filter(
      (name) => !['definition', 'batchSize', 'changes'].includes(name),
    );
    expect(Object.keys(party.runs)).toEqual(expect.arrayContaining(functions));
  });

  test('an answer of somebody else is never taken for its own', async () => {
    const { simulator, runs } = party;
    const wrong: string[] = [];
    for (const [name, run] of Object.entries(runs)) {
      simulator.requests.splice(0);
      // What a record's state forbids has been asked for all the same.
      await run().catch((error: unknown) => expect(error).toBeInstanceOf(Failure));
      const made = new Map(
        simulator.requests.map(({ method, path }) => [
          `${method} ${path.replace(/[^/]*\d[^/]*/g, '*')}`,
          { method, path },
        ]),
      );
      if (name !== 'scopes' && name !== 'identity') expect(made.size, name).toBeGreaterThan(0);
      for (const { method, path } of made.values()) {
        const more = name === 'exchange' && method === 'POST' ? atTokens(kind) : [];
        for (const as of [...answers, ...more]) {
          simulator.requests.splice(0);
          simulator.faults.add({
            method, path: `^${path.replace(/[.+]/g, '\\$&')}(\\?|$)`, times: -1, act: { do: 'middleman', as },
          }); // biome-ignore format: one fault
          const result = await run().catch((error: unknown) => error);
          simulator.faults.clear();
          const hit = simulator.requests.some(({ fault }) => fault);
          const problem = hit ? judged(name, as, result) : 'was not asked for again';
          if (problem) wrong.push(`${name}: ${method} ${path} as ${as} ${problem}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

/** What is wrong with what came of it; null if nothing is. */
function judged(name: string, as: MiddlemanName, result: unknown): string | null {
  if (name === 'test') {
    const told = (result as Any).steps.filter(({ state }: Any) => state !== 'passed');
    if (told.length === 0) return 'passed the check';
    const blamed = told.find(({ message }: Any) =>
      /permission|role|refused the|new credentials/i.test(message),
    );
    return blamed ? `blames ${blamed.message}` : null;
  }
  if (!(result instanceof Failure)) {
    if (undecided[name]?.(result)) return null;
    return `gave ${JSON.stringify(result)?.slice(0, 120)}`;
  }
  const { kind, retryable, message } = result;
  if (!kindsOf(as).includes(kind) || !retryable) return `is ${kind}, ${retryable ? '' : 'final, '}${message}`;
  return null;
}
