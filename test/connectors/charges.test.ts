import Big from 'big.js';
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { definition as arrowDefinition } from '../../connectors/arrowsphere/definition.ts';
import { arrowsphere } from '../../connectors/arrowsphere/index.ts';
import type { ConnectorContext, Distributor } from '../../connectors/contract.ts';
import { definition as ionDefinition } from '../../connectors/streamone-ion/definition.ts';
import { streamoneIon } from '../../connectors/streamone-ion/index.ts';
import { definition as stellrDefinition } from '../../connectors/streamone-stellr/definition.ts';
import { streamoneStellr } from '../../connectors/streamone-stellr/index.ts';
import type { ChargeDocument } from '../../domain/charges.ts';
import { startArrowSphere } from '../../simulators/arrowsphere/server.ts';
import type { ChargeBook } from '../../simulators/charges.ts';
import type { Simulator } from '../../simulators/harness.ts';
import { startStreamOneIon } from '../../simulators/streamone-ion/server.ts';
import { startStreamOneStellr } from '../../simulators/streamone-stellr/server.ts';
import { contextOf } from './context.ts';

/** What each distributor bills for a month, read from its documents: one promise for all of them. */
type AnyDistributor = Distributor<never, never>;
type AnySimulator = Simulator<{ charges: ChargeBook }>;

interface Party {
  sim: AnySimulator;
  connector: AnyDistributor;
  context: ConnectorContext<never, never>;
}

const size = { customers: 30, subscriptions: 400 };

const parties: Record<string, () => Promise<Party>> = {
  async arrowsphere() {
    const sim = await startArrowSphere({ ...size, apiKey: 'key' });
    const settings = arrowDefinition.settings.parse({ baseUrl: `${sim.url}/index.php/api` });
    const context = contextOf({ settings, credentials: { apiKey: 'key' } });
    return { sim: sim as unknown as AnySimulator, connector: arrowsphere as AnyDistributor, context };
  },
  async 'streamone-stellr'() {
    const credentials = { clientId: 'client', clientSecret: 'secret-of-the-client' };
    const sim = await startStreamOneStellr({ ...credentials, ...size });
    const settings = stellrDefinition.settings.parse({
      region: 'custom',
      environment: 'sandbox',
      baseUrl: sim.url,
    });
    const bare = contextOf({ settings, credentials });
    const { accessToken } = await streamoneStellr.exchange!(bare);
    const context = contextOf({ settings, credentials, token: async () => accessToken });
    return { sim: sim as unknown as AnySimulator, connector: streamoneStellr as AnyDistributor, context };
  },
  async 'streamone-ion'() {
    const sim = await startStreamOneIon({ ...size, accessToken: 'access', refreshToken: 'refresh' });
    const settings = ionDefinition.settings.parse({ baseUrl: sim.url, accountId: 1001 });
    const context = contextOf({
      settings,
      credentials: { refreshToken: 'refresh' },
      token: async () => 'access',
    });
    return { sim: sim as unknown as AnySimulator, connector: streamoneIon as AnyDistributor, context };
  },
};

const monthBack = (months: number) => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1)).toISOString().slice(0, 7);
};
const last = monthBack(1);

describe.each(Object.keys(parties))('%s', (kind) => {
  let party: Party;
  beforeAll(async () => {
    party = await parties[kind]!();
    return () => party.sim.close();
  });
  afterEach(() => {
    const { charges } = party.sim.state;
    charges.offered = true;
    charges.published.clear();
    charges.gaps.clear();
  });

  const documents = async (month = last, known: string[] = []): Promise<ChargeDocument[]> => {
    const all: ChargeDocument[] = [];
    for await (const one of party.connector.charges!.documents(party.context, month, new Set(known)))
      all.push(one);
    return all;
  };
  const linesOf = (all: ChargeDocument[]) => all.flatMap(({ lines }) => lines);

  test('reads a whole month, awkward as it is, to the cent', async () => {
    const all = await documents();
    expect(all.length).toBeGreaterThan(0);
    for (const { id, final, problem } of all)
      expect({ id, final, problem }).toEqual({ id, final: true, problem: null });
    const lines = linesOf(all);
    expect(lines.length).toBeGreaterThan(100);
    // A credit note, and lines without a subscription.
    expect(lines.some(({ cost }) => cost.startsWith('-'))).toBe(true);
    expect(lines.some((line) => line.subscriptionId === null && line.vendorSubscriptionId === null)).toBe(
      true,
    );
    expect(lines.every(({ customerId, currency }) => customerId !== null && currency !== null)).toBe(true);
    // Billed in parts: the parts of one month stand beside each other.
    const ids = lines
      .map((line) => line.subscriptionId ?? line.vendorSubscriptionId)
      .filter((id) => id !== null);
    expect(new Set(ids).size).toBeLessThan(ids.length);
    expect(lines.every(({ cost }) => new Big(cost).abs().lt(1e6))).toBe(true);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  test('passes over documents that are known', async () => {
    const all = await documents();
    const rest = await documents(last, [all[0]!.id]);
    expect(rest.map(({ id }) => id)).toEqual(all.slice(1).map(({ id }) => id));
  });

  test('finds none where none is published, and none of a month to come', async () => {
    expect(await documents(monthBack(0))).toEqual([]);
    party.sim.state.charges.published.set(last, 'none');
    expect(await documents()).toEqual([]);
  });

  test('says of a document that it is not whole', async () => {
    party.sim.state.charges.gaps.add(last);
    const all = await documents();
    expect(all.some(({ problem }) => problem !== null)).toBe(true);
    if (kind !== 'streamone-ion') {
      party.sim.state.charges.gaps.clear();
      party.sim.state.charges.published.set(last, 'open');
      expect((await documents()).every(({ final }) => !final)).toBe(true);
      party.sim.state.charges.published.set(last, 'rejected');
      expect(await documents()).toEqual([]);
    }
  });

  test('refuses where charges are not offered', async () => {
    party.sim.state.charges.offered = false;
    await expect(documents()).rejects.toMatchObject({
      kind: expect.stringMatching(/^(forbidden|not-found)$/),
    });
  });

  test('reads nothing into a line whose amount cannot be read', async () => {
    const odd: Record<string, object> = {
      arrowsphere: { path: '/lines', act: { do: 'twice', change: { prices: { buyTotal: 'n/a' } } } },
      'streamone-stellr': { path: '/report', act: { do: 'twice', change: { extendPrice: '1,000' } } },
      'streamone-ion': { path: '/data', act: { do: 'twice', list: 'results.rows', change: { values: [] } } },
    };
    party.sim.faults.add(odd[kind] as never);
    onTestFinished(() => party.sim.faults.clear());
    const all = await documents();
    expect(all.some(({ problem }) => problem?.includes('cannot be read'))).toBe(true);
  });
});
