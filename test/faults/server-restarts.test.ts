import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkoutCache } from '../../embedded/home.ts';
import { type RunningPostgres, startPostgres } from '../../embedded/postgres/postgres.ts';
import { type RunningTemporal, startTemporal } from '../../embedded/temporal/temporal.ts';
import { temporaryHome } from '../embedded/support.ts';
import {
  expectClientsTrue,
  expectLicencesTrue,
  type ImportSetting,
  importSetting,
} from '../support/import-setting.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';

/** PostgreSQL and Temporal stop and come back in the middle of an import, which finishes. */
const given = process.env.TEMPORAL_ADDRESS;
beforeAll(() => {
  process.env.TEMPORAL_ADDRESS = '';
});
afterAll(() => {
  process.env.TEMPORAL_ADDRESS = given;
});

const parts = async () => {
  const home = await temporaryHome();
  const postgres = () => startPostgres({ home, fsync: false });
  const temporal = () => startTemporal({ home, cacheDir: checkoutCache() });
  const running: { postgres: RunningPostgres; temporal: RunningTemporal } = {
    postgres: await postgres(),
    temporal: await temporal(),
  };
  const stack = await startStack({
    servers: { databaseUrl: running.postgres.url, temporalAddress: running.temporal.address },
  });
  return { stack, running, postgres, temporal };
};

/** The outage lasts until a caller has met it. */
const noticed = (stack: Stack) =>
  waitFor(async () => (await stack.api('GET', '/readyz')).status === 503, 'the outage to be noticed');

async function throughout(setting: ImportSetting, restart: () => Promise<void>) {
  // Slow enough for the restart to hit reading, planning and writing alike.
  setting.destination.simulator.faults.add({ times: -1, act: { do: 'delay', ms: 150 } });
  setting.source.simulator.faults.add({ times: -1, act: { do: 'delay', ms: 150 } });
  const { stack } = setting;
  for (const kind of ['customers', 'subscriptions'] as const) {
    const id = await setting.begin(kind);
    const sent = setting.destination.simulator.requests.length;
    await waitFor(() => setting.destination.simulator.requests.length > sent + 4, 'calls', { everyMs: 20 });
    await restart();
    const ended = await waitFor(
      async () => {
        const found = await stack.expect(200, 'GET', `/v1/imports/${id}`);
        return found.state === 'running' ? null : found;
      },
      `the ${kind} import to end`,
      { timeoutMs: 200_000, everyMs: 500 },
    );
    expect(ended).toMatchObject({ state: 'completed', problem: null });
  }
  await expectClientsTrue(setting);
  await expectLicencesTrue(setting);
}

test('PostgreSQL restarts', { timeout: 500_000 }, async () => {
  const { stack, running, postgres } = await parts();
  try {
    const setting = await importSetting(stack, { settings: { batchSize: 3 } });
    await throughout(setting, async () => {
      await running.postgres.stop();
      await noticed(stack);
      running.postgres = await postgres();
    });
  } finally {
    await stack.close().catch(() => {});
    await running.temporal.stop();
    await running.postgres.stop();
  }
});

test('Temporal restarts', { timeout: 500_000 }, async () => {
  const { stack, running, temporal } = await parts();
  try {
    const setting = await importSetting(stack, { settings: { batchSize: 3 } });
    await throughout(setting, async () => {
      await running.temporal.stop();
      await noticed(stack);
      running.temporal = await temporal();
    });
  } finally {
    await stack.close().catch(() => {});
    await running.temporal.stop();
    await running.postgres.stop();
  }
});
