import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { checkoutCache } from '../../../embedded/home.ts';
import { isAlive, waitUntil } from '../../../embedded/processes.ts';
import { startTemporal } from '../../../embedded/temporal/temporal.ts';
import { noProxy } from '../../../temporal/client.ts';
import { timeSkippingServerPath } from '../../support/time-skipping.ts';
import { recorder, slowly, startInAnotherProcess, temporaryHome } from '../support.ts';

const cacheDir = checkoutCache();
// A developer's own server must not stand in for the one under test.
const alone = () => {
  vi.stubEnv('TEMPORAL_ADDRESS', '');
  // … nor may a proxy for the world outside, which would not know our own server.
  for (const name of ['http_proxy', 'https_proxy', 'grpc_proxy']) vi.stubEnv(name, 'http://127.0.0.1:9');
};
alone();
afterEach(alone);

async function withClient<T>(address: string, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ ...noProxy, address });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

describe('embedded Temporal', slowly, () => {
  test('starts with its UI, keeps workflows, learns later search attributes and leaves nothing running', async () => {
    const home = await temporaryHome();
    const { lines, onProgress } = recorder();
    const first = await startTemporal({
      home,
      cacheDir,
      onProgress,
      searchAttributes: { ConnectionId: 'Keyword' },
    });
    expect(lines.at(-1)).toMatch(/^Temporal \d+\.\d+\.\d+ on 127\.0\.0\.1:\d+ \(\d+\.\d s\)$/);
    expect((await fetch(first.uiUrl!)).status).toBe(200);
    await withClient(first.address, (client) =>
      client.workflow.start('none', {
        workflowId: 'kept',
        taskQueue: 'none',
        searchAttributes: { ConnectionId: ['a'] },
      }),
    );
    const database = join(home, 'temporal.db');
    const mode = () => statSync(database).mode & 0o777;
    expect(mode()).toBe(0o600);
    await first.stop();
    await first.stop();
    chmodSync(database, 0o644);
    expect(isAlive(first.pid!)).toBe(false);

    const searchAttributes = { ConnectionId: 'Keyword', Started: 'Datetime' } as const;
    const second = await startTemporal({ home, cacheDir, searchAttributes });
    expect(second.adopted).toBe(false);
    expect(mode()).toBe(0o600);
    await withClient(second.address, async (client) => {
      expect((await client.workflow.getHandle('kept').describe()).status.name).toBe('RUNNING');
      const options = { workflowId: 'later', taskQueue: 'none', searchAttributes: { Started: [new Date()] } };
      await client.workflow.start('none', options);
      const found = async () => (await client.workflow.count("ConnectionId = 'a'")).count === 1;
      expect(await waitUntil(found, 60_000)).toBe(true);
    });
    await expect(startTemporal({ home, cacheDir, searchAttributes: { Started: 'Int' } })).rejects.toThrow(
      'is not a Int',
    );
    await second.stop();
    expect(isAlive(second.pid!)).toBe(false);
  });

  test('left by a start that was killed, is adopted; with other settings it is replaced', async () => {
    const home = await temporaryHome();
    const killed = await startInAnotherProcess(home, 'temporal');
    await killed.kill();
    expect(isAlive(killed.pid)).toBe(true);
    const server = await startTemporal({ home, cacheDir });
    expect(server).toMatchObject({ adopted: true, pid: killed.pid, address: killed.address });

    const other = await startTemporal({ home, cacheDir, dynamicConfig: { 'limit.maxIDLength': 900 } });
    expect(other.adopted).toBe(false);
    expect(isAlive(killed.pid)).toBe(false);
    await other.stop();
    expect(isAlive(other.pid!)).toBe(false);
  });

  test('runs beside others, each with ports of its own', async () => {
    const homes = await Promise.all([temporaryHome(), temporaryHome()]);
    const servers = await Promise.all(homes.map((home) => startTemporal({ home, cacheDir })));
    expect(new Set(servers.flatMap(({ address, uiUrl }) => [address, uiUrl])).size).toBe(4);
    await Promise.all(servers.map((server) => server.stop()));
  });

  test('is not started where TEMPORAL_ADDRESS names a server', async () => {
    const home = await temporaryHome();
    vi.stubEnv('TEMPORAL_ADDRESS', 'temporal.example:7233');
    const server = await startTemporal({ home, cacheDir: join(home, 'bin') });
    expect(server).toMatchObject({ address: 'temporal.example:7233', uiUrl: null, pid: null });
    await server.stop();
  });
});

test('the time-skipping server skips time', slowly, async (context) => {
  const path = await timeSkippingServerPath(cacheDir, ({ text }) => console.log(text));
  if (!path) return context.skip('no time-skipping test server here');
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  const before = await environment.currentTimeMs();
  await environment.sleep('30 days');
  expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(30 * 86_400_000);
  await environment.teardown();
});
