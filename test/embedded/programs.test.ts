import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readJson } from '../../embedded/home.ts';
import { identify, isAlive, plainEnvironment, waitUntil } from '../../embedded/processes.ts';
import { createPrograms, stopLeftPrograms } from '../../embedded/programs.ts';
import { recorder, slowly, temporaryHome } from './support.ts';

const env = plainEnvironment();
const pidOf = (home: string) =>
  (readJson(home, 'programs.json').one as { pid: number } | undefined)?.pid ?? 0;

async function setting(source: string) {
  const home = await temporaryHome();
  const file = join(home, 'one.mjs');
  writeFileSync(file, source);
  const failures: Error[] = [];
  const { lines, onProgress } = recorder();
  const programs = createPrograms({ home, onProgress, onFailure: (error) => failures.push(error) });
  return { home, programs, failures, lines, program: { name: 'one', args: [file], env } };
}

describe('our own programs', slowly, () => {
  test('one that is killed starts again, and ends when asked', async () => {
    const { home, programs, failures, lines, program } = await setting('setInterval(() => {}, 1000)');
    programs.start(program);
    const first = pidOf(home);
    process.kill(first, 'SIGKILL');
    expect(await waitUntil(() => pidOf(home) > 0 && pidOf(home) !== first, 60_000)).toBe(true);
    expect(lines).toEqual([
      expect.stringMatching(/^the one ended \(SIGKILL\) after .* starting it again in 1 s/),
    ]);
    const second = pidOf(home);
    await programs.stopAll();
    expect(isAlive(second)).toBe(false);
    expect(readJson(home, 'programs.json')).toEqual({});
    expect(failures).toEqual([]);
  });

  test('one that ends at once three times is given up, with the end of its log', async () => {
    const { home, programs, failures, program } = await setting(
      'console.error("no such table"); process.exit(3)',
    );
    programs.start(program);
    expect(await waitUntil(() => failures.length > 0, 120_000)).toBe(true);
    expect(failures[0]!.message).toMatch(/^the one ended \(code 3\) .* 3 times in a row\./);
    expect(failures[0]!.message).toContain('no such table');
    expect(failures[0]!.message).toContain(join(home, 'one.log'));
    await programs.stopAll();
  });

  test('one left by a start that was killed is ended; a number that is another program’s is left alone', async () => {
    const home = await temporaryHome();
    const { pid } = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    onTestFinished(() => void (isAlive(pid!) && process.kill(pid!, 'SIGKILL')));
    const one = { pid: pid!, identity: identify(pid!), startedAt: Date.now() };
    const mine = { pid: process.pid, identity: 'another', startedAt: Date.now() };
    writeFileSync(join(home, 'programs.json'), JSON.stringify({ one, mine }));
    expect(await stopLeftPrograms(home)).toEqual(['one']);
    expect(isAlive(one.pid)).toBe(false);
    expect(readJson(home, 'programs.json')).toEqual({});
  });
});
