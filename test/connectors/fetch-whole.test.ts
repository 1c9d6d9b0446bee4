import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fetchWhole } from '../../connectors/fetch-whole.ts';
import { type Simulator, startSimulator } from '../../simulators/harness.ts';

let system: Simulator<object>;
let collectGarbage: () => void;
beforeAll(async () => {
  system = await startSimulator({ state: {}, handle: async () => ({ status: 200, body: {} }) });
  setFlagsFromString('--expose-gc');
  collectGarbage = runInNewContext('gc');
});
afterAll(() => system.close());

const hang = (timeoutMs: number, signal: AbortSignal) => {
  system.faults.add({ act: { do: 'hang' } });
  return fetchWhole(system.url, { timeoutMs }, signal);
};

// Found by an import that hung for minutes: AbortSignal.any loses its timeout when garbage is collected.
test('a call that is not answered ends in time though garbage is collected meanwhile', async () => {
  const collecting = setInterval(collectGarbage, 20);
  const calls = Array.from({ length: 20 }, () => hang(300, new AbortController().signal));
  const ends = await Promise.allSettled(calls).finally(() => clearInterval(collecting));
  expect(ends.map((end) => end.status === 'rejected' && end.reason.name)).toEqual(
    calls.map(() => 'TimeoutError'),
  );
});

test('a cancelled call ends with the reason, though garbage is collected meanwhile', async () => {
  const collecting = setInterval(collectGarbage, 20);
  const cancel = new AbortController();
  setTimeout(() => cancel.abort(new Error('cancelled')), 150);
  const call = hang(60_000, cancel.signal).finally(() => clearInterval(collecting));
  await expect(call).rejects.toThrow('cancelled');
});

test('a call whose signal has ended is not sent', async () => {
  const sent = system.requests.length;
  await expect(fetchWhole(system.url, {}, AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
  expect(system.requests.length).toBe(sent);
});
