import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from '../../embedded/processes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** No time is judged here: only that the contestants store the same rows, and that the tables are printed. */
test('the bench runs at its smallest sizes, and every contestant stores the same rows', async () => {
  const { code, output } = await run(
    process.execPath,
    [
      ...['--import', 'tsx', 'bench/main.ts', 'collect', 'calls', '--quick', '--no-dlt'],
      ...['--subscriptions', '300', '--halo-subscriptions', '60', '--halo-changes', '5'],
    ],
    { cwd: root, timeoutMs: 110_000 },
  );
  expect(code, output).toBe(0);
  expect(output).toMatch(/^bare loop, 8 pages in flight +[\d.]+ +[\d.]+× as fast/m);
  expect(output).toMatch(/^Tributary +[\d.]+/m);
  expect(output).toMatch(/^an importer of one call a record: first import +6\d +60/m);
});

test('rows that differ end the bench', async () => {
  const { sameRows } = await import('../../bench/rows.ts');
  const one = { rows: 2, digest: 'a' };
  expect(() => sameRows(new Map([['a', one], ['b', one]]), 2)).not.toThrow(); // biome-ignore format: one line
  expect(() => sameRows(new Map([['a', one], ['b', { ...one, digest: 'b' }]]), 2)).toThrow('not equal'); // biome-ignore format: one line
  expect(() => sameRows(new Map([['a', one]]), 3)).toThrow('3 expected');
});
