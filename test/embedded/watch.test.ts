import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import getPort, { portNumbers } from 'get-port';
import { describe, expect, test, vi } from 'vitest';
import { checkoutCache, readJson } from '../../embedded/home.ts';
import { isAlive, waitUntil } from '../../embedded/processes.ts';
import { startStack } from '../../embedded/stack.ts';
import { watch } from '../../embedded/watch.ts';
import { readEnvironment } from '../../security/environment.ts';
import { postmaster, recorder, slowly, temporaryHome } from './support.ts';

describe('servers of our own', slowly, () => {
  test('that die are restarted at the same address, and work continues', async () => {
    const home = await temporaryHome();
    // Where no other start looks: it would take the ports while nobody is on them.
    const aside = () => getPort({ port: portNumbers(24_000, 24_999) });
    const ports = {
      postgres: await aside(),
      temporal: await aside(),
      temporalUi: await aside(),
      api: await aside(),
    };
    writeFileSync(join(home, 'ports.json'), JSON.stringify(ports));
    const failures: Error[] = [];
    const { lines, onProgress } = recorder();
    vi.stubEnv('TRIBUTARY_CACHE', checkoutCache());
    const stack = await startStack({
      environment: readEnvironment({ TRIBUTARY_HOME: home, PORT: '0' }, []),
      home,
      onProgress,
      signal: new AbortController().signal,
      onFailure: (error) => failures.push(error),
    });
    try {
      // PORT=0 too is a port that is kept.
      expect(stack.apiUrl).toBe(`http://127.0.0.1:${ports.api}`);
      const pids = () => [postmaster(home), Number(readJson(home, 'temporal.json').pid ?? 0)];
      const before = pids();
      for (const pid of before) process.kill(pid, 'SIGKILL');
      const again = () => pids().every((pid, i) => pid !== before[i] && isAlive(pid));
      expect(await waitUntil(again, 120_000)).toBe(true);
      const headers = { authorization: `Bearer ${stack.apiKey}` };
      const asked = (path: string) =>
        fetch(stack.apiUrl + path, { headers, signal: AbortSignal.timeout(10_000) }).then(
          ({ status }) => status,
          () => 0,
        );
      const isReady = await waitUntil(async () => (await asked('/readyz')) === 200, 120_000, 500);
      expect(isReady, [...lines, ...failures.map(String)].join('\n')).toBe(true);
      expect(await asked('/v1/connections')).toBe(200);
      expect(lines.filter((line) => line.endsWith('starting it again')).sort()).toEqual([
        expect.stringMatching(/^PostgreSQL ended after /),
        expect.stringMatching(/^Temporal ended after /),
      ]);
      expect(failures).toEqual([]);
    } finally {
      await stack.stop();
    }
  });

  test('one that does not stay up is given up', async () => {
    const failures: Error[] = [];
    const { onProgress } = recorder();
    let starts = 0;
    const startAgain = async () => void starts++;
    const end = watch([{ name: 'One', pid: () => -1, startAgain }], {
      onProgress,
      onFailure: (error) => failures.push(error),
    });
    expect(await waitUntil(() => failures.length > 0, 60_000)).toBe(true);
    expect(failures[0]!.message).toMatch(/^One ended after .*, 3 times in a row/);
    expect(starts).toBe(2);
    await end();
  });

  test('one that is asked to end is let go', async () => {
    const { lines, onProgress } = recorder();
    const failures: Error[] = [];
    const end = watch([{ name: 'One', pid: () => process.pid, startAgain: async () => {} }], {
      onProgress,
      onFailure: (error) => failures.push(error),
    });
    await sleep(1_200);
    await end();
    expect([...lines, ...failures]).toEqual([]);
  });
});
