import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createGateway } from '../../activities/external/gateway.ts';
import { type Exchanged, type ExchangeInput, tokenActivities } from '../../activities/tokens.ts';
import { connectorOf } from '../../connectors/index.ts';
import { addConnection } from '../../db/connections/connections.ts';
import { readToken } from '../../db/connections/tokens.ts';
import { bySystem } from '../../domain/actor.ts';
import { newKeyRing, parseKeyRing } from '../../security/key-ring.ts';
import { sealCredentials } from '../../security/token.ts';
import { startStreamOneIon } from '../../simulators/streamone-ion/server.ts';
import { type Wake, wakeSignal } from '../../temporal/messages.ts';
import { testDatabase } from '../support/database.ts';
import { timeSkippingServerPath } from '../support/time-skipping.ts';
import { silent } from '../support/token-parts.ts';
import { waitFor } from '../support/wait.ts';

const path = await timeSkippingServerPath();
const day = 86_400_000;

describe.skipIf(!path)('the token keeper, with time skipping', () => {
  let env: TestWorkflowEnvironment;
  let code: string;
  beforeAll(async () => {
    const workflowsPath = fileURLToPath(new URL('../../workflows/token-keeper.ts', import.meta.url));
    ({ code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }));
  });
  // One a test: a workflow that is terminated in the midst of a task leaves the server's clock standing still.
  beforeEach(async () => {
    env = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: path! } },
    });
  });
  afterEach(async () => await env?.teardown());

  type Activities = Pick<ReturnType<typeof tokenActivities>, 'exchangeToken'> & {
    storeToken?(input: {
      connectionId: string;
      answer: string;
    }): Promise<{ enteredAt: string; version: number }>;
  };

  /** Runs a keeper on these activities while `act` turns the clock. */
  async function withKeeper(
    activities: Activities,
    act: (keeper: { wake(what: Wake): Promise<void>; runId(): Promise<string> }) => Promise<void>,
    input: { connectionId?: string; historyLimit?: number } = {},
  ) {
    const taskQueue = randomUUID();
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue,
      workflowBundle: { code },
      activities: { storeToken: async () => ({ enteredAt: '', version: 0 }), ...activities },
    });
    await worker.runUntil(async () => {
      const handle = await env.client.workflow.start('tokenKeeper', {
        workflowId: taskQueue,
        taskQueue,
        args: [{ connectionId: 'c', ...input }],
      });
      // By id alone: it may have continued as new.
      const current = env.client.workflow.getHandle(taskQueue);
      try {
        await act({
          wake: (what) => current.signal(wakeSignal, what),
          runId: async () => (await current.describe()).runId,
        });
      } finally {
        await current.terminate().catch(() => handle.terminate());
      }
    });
  }

  const at = (version: number) => ({ enteredAt: '2026-01-01T00:00:00.000Z', version });

  /** Answers in turn, the last one for ever, and remembers what was asked, with the hour. */
  function scripted(...answers: Exchanged[]) {
    const asked: (ExchangeInput & { hour: number })[] = [];
    const began = { at: 0 };
    const exchangeToken = async (input: ExchangeInput): Promise<Exchanged> => {
      const now = Context.current().info.scheduledTimestampMs;
      began.at ||= now;
      asked.push({ ...input, hour: (now - began.at) / 3_600_000 });
      return answers[Math.min(asked.length, answers.length) - 1]!;
    };
    return { asked, exchangeToken };
  }

  /** Skipped time does not wait for a busy machine. */
  const asked = (keeper: ReturnType<typeof scripted>, count: number) =>
    waitFor(() => keeper.asked.length >= count, `question ${count}`);

  test('400 idle days: the token is always valid, one exchange a week', async () => {
    const db = await testDatabase();
    let now = await env.currentTimeMs();
    const refreshToken = 'entered-by-a-person';
    const simulator = await startStreamOneIon({
      customers: 1,
      subscriptions: 1,
      refreshToken,
      clock: () => now,
    });
    const ring = parseKeyRing(newKeyRing());
    const id = randomUUID();
    await addConnection(
      db,
      {
        id,
        kind: 'streamone-ion',
        role: 'distributor',
        name: 'Ion',
        settings: { baseUrl: simulator.url, accountId: '1001' },
        credentials: sealCredentials(ring, id, { refreshToken }),
      },
      bySystem,
    );
    const gateway = createGateway({ db, ring, log: silent, allowPrivate: true, connectorOf });
    const real = tokenActivities({ db, ring, log: silent, gateway });
    const times: number[] = [];
    const exchangeToken = (input: ExchangeInput) => {
      // The outside system lives in the skipped time.
      now = Context.current().info.scheduledTimestampMs;
      times.push(now);
      return real.exchangeToken(input);
    };
    await withKeeper(
      { exchangeToken },
      async ({ wake }) => {
        await wake({});
        await env.sleep(400 * day);
      },
      // Small, so that it continues as new now and then.
      { connectionId: id, historyLimit: 100 },
    );
    const { exchanges, refused, issued } = simulator.state.tokens;
    expect(refused).toBe(0);
    // 57 weeks and the first; with jitter a week is up to a tenth shorter.
    expect(exchanges).toBeGreaterThanOrEqual(57);
    expect(exchanges).toBeLessThanOrEqual(65);
    const gaps = times.slice(1).map((time, n) => (time - times[n]!) / day);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(7.01);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(6.29);
    expect(new Set(gaps.map((gap) => gap.toFixed(3))).size).toBeGreaterThan(20);
    const row = (await readToken(db.sql, id))!;
    expect(row).toMatchObject({ state: 'ok', version: exchanges });
    expect(issued.at(-1)!.refreshUntil).toBeGreaterThan((await env.currentTimeMs()) + 20 * day);
    await simulator.close();
  });

  test('many wakes at once are one question, with the highest version asked for', async () => {
    const keeper = scripted({ outcome: 'fresh', mark: at(3) }, { outcome: 'stored', mark: at(9) });
    await withKeeper({ exchangeToken: keeper.exchangeToken }, async ({ wake }) => {
      await wake({});
      await asked(keeper, 1);
      await env.sleep('1 second');
      await Promise.all([4, 9, 6].map((minVersion) => wake({ minVersion })));
      await env.sleep('1 minute');
    });
    expect(keeper.asked.length).toBeLessThanOrEqual(4);
    expect(Math.max(...keeper.asked.map(({ minVersion = 0 }) => minVersion))).toBe(9);
    expect(keeper.asked.at(-1)!.newest).not.toBeNull();
  });

  test('an outage is sat out: half a minute, doubling up to an hour, and callers do not hasten it', async () => {
    const keeper = scripted({ outcome: 'failed' });
    await withKeeper({ exchangeToken: keeper.exchangeToken }, async ({ wake }) => {
      await wake({ minVersion: 1 });
      for (let n = 0; n < 60; n++) {
        await env.sleep('8 minutes');
        await wake({ minVersion: 1 });
      }
    });
    const gaps = keeper.asked
      .slice(1)
      .map(({ hour }, n) => Math.round((hour - keeper.asked[n]!.hour) * 120) / 2);
    expect(gaps.slice(0, 8)).toEqual([0.5, 1, 2, 4, 8, 16, 32, 60]);
    expect(Math.max(...gaps)).toBe(60);
  });

  test('… but a person does', async () => {
    const keeper = scripted({ outcome: 'failed' }, { outcome: 'failed' }, { outcome: 'stored', mark: at(1) });
    await withKeeper({ exchangeToken: keeper.exchangeToken }, async ({ wake }) => {
      await wake({ minVersion: 1 });
      await asked(keeper, 1);
      await env.sleep('31 seconds');
      await asked(keeper, 2);
      await wake({ force: true });
      await asked(keeper, 3);
    });
    expect(keeper.asked).toHaveLength(3);
    expect(keeper.asked.at(-1)).toMatchObject({ force: true, minVersion: 1 });
  });

  test('a lost answer is asked for again within seconds', async () => {
    const keeper = scripted({ outcome: 'lost' }, { outcome: 'stored', mark: at(1) });
    await withKeeper({ exchangeToken: keeper.exchangeToken }, async ({ wake }) => {
      await wake({ minVersion: 1 });
      await asked(keeper, 1);
      await env.sleep('1 minute');
      await asked(keeper, 2);
    });
    expect(keeper.asked).toHaveLength(2);
    expect(keeper.asked[1]!.hour * 3600).toBeLessThan(5);
  });

  test('a refused token is not renewed automatically, not even weekly', async () => {
    const keeper = scripted({ outcome: 'refused' });
    await withKeeper({ exchangeToken: keeper.exchangeToken }, async ({ wake }) => {
      await wake({});
      await env.sleep('100 days');
    });
    expect(keeper.asked).toHaveLength(1);
  });

  test('an answer that cannot be stored is held until it can, and nothing is exchanged meanwhile', async () => {
    const keeper = scripted({ outcome: 'unstored', answer: 'sealed' }, { outcome: 'fresh', mark: at(1) });
    const tries: string[] = [];
    const storeToken = async ({ answer }: { answer: string }) => {
      tries.push(answer);
      if (tries.length < 40) throw new Error('the database is away');
      return at(1);
    };
    await withKeeper({ exchangeToken: keeper.exchangeToken, storeToken }, async ({ wake }) => {
      await wake({ minVersion: 1 });
      await env.sleep('5 minutes');
      expect(keeper.asked).toHaveLength(1);
      await wake({ minVersion: 1 });
      await env.sleep('1 hour');
    });
    expect(new Set(tries)).toEqual(new Set(['sealed']));
    expect(tries).toHaveLength(40);
    expect(keeper.asked[1]).toMatchObject({ newest: at(1) });
  });

  test('it remembers the newest token when it continues as new', async () => {
    const keeper = scripted({ outcome: 'stored', mark: at(7) }, { outcome: 'fresh', mark: at(2) });
    await withKeeper(
      { exchangeToken: keeper.exchangeToken },
      async ({ wake, runId }) => {
        const first = await runId();
        for (let n = 0; n < 6; n++) {
          await wake({});
          await asked(keeper, n + 1);
          await env.sleep('1 second');
        }
        expect(await runId()).not.toBe(first);
      },
      { historyLimit: 20 },
    );
    // An older one, seen later, does not take its place.
    expect(keeper.asked.slice(1).map(({ newest }) => newest)).toEqual(Array(5).fill(at(7)));
  });
});
