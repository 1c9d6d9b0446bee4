import { existsSync } from 'node:fs';
import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { checkoutCache, openHome } from '../embedded/home.ts';
import { eraseHome } from '../embedded/postgres/files.ts';
import { freePort, startProgram } from './program.ts';
import { digits, type Section } from './table.ts';

/** `npm start` until `/readyz` is content: in a new home, then in the same one. */
export async function startPart(say: (line: string) => void): Promise<Section | null> {
  if (!existsSync(fileURLToPath(new URL('../embedded/start.ts', import.meta.url)))) {
    say('start is left out: there is no embedded/start.ts');
    return null;
  }
  const home = await openHome(await mkdtemp(join(await realpath(tmpdir()), 'tributary-bench-start-')));
  const rows: (string | number)[][] = [];
  try {
    for (const what of ['cold (new home)', 'warm', 'warm again']) {
      const port = await freePort();
      const lines: [seconds: number, text: string][] = [];
      const began = performance.now();
      const so = () => (performance.now() - began) / 1000;
      const stack = await startProgram('embedded/start.ts', [], {
        env: {
          TRIBUTARY_HOME: home,
          PORT: String(port),
          TRIBUTARY_CACHE: checkoutCache(),
          LOG_LEVEL: 'warn',
        },
        ready: /^/,
        translating: true,
        onLine: (line) => lines.push([so(), line]),
      });
      try {
        while (!(await ready(port))) {
          if (so() > 120) throw new Error(`npm start is not ready:\n${lines.join('\n')}`);
          await sleep(20);
        }
        rows.push([what, digits(so())]);
        for (const [at, text] of lines)
          if (/\(.*\d s\)|\d+(\.\d+)? m?s\b/.test(text)) rows.push([`  ${text.slice(0, 90)}`, digits(at)]);
        say(rows.map((row) => row.join(' ')).join('\n'));
      } finally {
        await stack.stop();
      }
    }
  } finally {
    await eraseHome(home);
  }
  return {
    part: 'start',
    title: '`npm start`',
    how: 'Seconds from the start of the process until `/readyz` answers 200; below each, when the start said what.',
    tables: [{ head: ['', 's'], rows }],
  };
}

const ready = (port: number) =>
  fetch(`http://127.0.0.1:${port}/readyz`).then(
    (answer) => answer.status === 200,
    () => false,
  );
