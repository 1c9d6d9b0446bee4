import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { checkoutCache, readJson } from '../../embedded/home.ts';
import { eraseHome } from '../../embedded/postgres/files.ts';
import { isAlive, plainEnvironment, waitUntil } from '../../embedded/processes.ts';
import { postmaster, slowly, temporaryHome } from './support.ts';

const script = fileURLToPath(new URL('../../embedded/demo/demo.ts', import.meta.url));
const demos: Demo[] = [];

interface Demo {
  process: ChildProcess;
  /** Where the demo keeps its things. */
  home: string;
  output(): string;
  /** Waits for a line; fails when the demo ends before it. */
  says(text: string | RegExp): Promise<void>;
  /** Everything that runs for it, itself first. */
  pids(): number[];
  ended(): Promise<number | NodeJS.Signals>;
}

function startDemo(base: string, ...args: string[]): Demo {
  const env = plainEnvironment({ TRIBUTARY_HOME: base, TRIBUTARY_CACHE: checkoutCache(), PORT: '0' });
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const home = join(base, 'demo');
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const end = new Promise<number | NodeJS.Signals>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal!)),
  );
  let over = false;
  void end.then(() => {
    over = true;
  });
  const demo: Demo = {
    process: child,
    home,
    output: () => output,
    async says(text) {
      const said = () => (typeof text === 'string' ? output.includes(text) : text.test(output));
      await waitUntil(() => said() || over, 280_000);
      if (!said()) throw new Error(`the demo did not say ${text}:\n${output}`);
    },
    pids: () => [
      child.pid!,
      ...Object.values(readJson(home, 'programs.json')).map((left) => (left as { pid: number }).pid),
      Number(readJson(home, 'temporal.json').pid),
      postmaster(home),
    ],
    ended: () => end,
  };
  demos.push(demo);
  return demo;
}

const alive = (pids: number[]) => pids.filter((pid) => isAlive(pid));

/** A row of the table: its values for customers and subscriptions. */
function row(output: string, name: string): [string, string] {
  const [, customers, subscriptions] = new RegExp(`^ +${name} +(\\S+) +(\\S+)`, 'm').exec(output) ?? [];
  if (!customers || !subscriptions) throw new Error(`no ${name} in the table:\n${output}`);
  return [customers, subscriptions];
}
const number = (text: string) => Number(text.replaceAll(',', ''));

async function control(home: string, path: string, body: object): Promise<Record<string, unknown>[]> {
  const url = `http://127.0.0.1:${readJson(home, 'ports.json').halopsa}/__control/${path}`;
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  return JSON.parse((await answer.text()) || '[]');
}

afterEach(async () => {
  for (const demo of demos.splice(0)) {
    // A test that failed half-way may leave anything; the home's files still tell what.
    for (const pid of alive(demo.pids())) {
      process.kill(pid, 'SIGKILL');
      await waitUntil(() => !isAlive(pid), 20_000);
    }
    await eraseHome(demo.home);
  }
}, 120_000);

describe('npm run demo', slowly, () => {
  test('imports everything, finds it unchanged at a second start and leaves nothing behind', async () => {
    const base = await temporaryHome();
    const first = startDemo(base, '--once');
    await first.says('worker and API on');
    const pids = first.pids();
    expect(alive(pids)).toHaveLength(7);
    expect(await first.ended(), first.output()).toBe(0);
    expect(alive(pids)).toEqual([]);
    expect(existsSync(join(first.home, 'lock'))).toBe(false);
    expect(row(first.output(), 'state')).toEqual(['completed', 'completed']);
    expect(row(first.output(), 'received')).toEqual(['301', '3,000']);
    const created = row(first.output(), 'created').map(number);
    expect(Math.min(...created)).toBeGreaterThan(0);
    // It ends with what both sides say of the money.
    expect(first.output()).toMatch(/^ +\d[\d,]* +active but unbilled +[\d,]+\.\d\d [A-Z]{3} a (month|year)/m);
    expect(first.output()).toMatch(
      /Reconciliation: you pay for \d[\d,]* products that no client is billed for, worth .+\./,
    );

    const second = startDemo(base);
    await second.says('keeps running');
    expect(row(second.output(), 'created')).toEqual(['0', '0']);
    expect(row(second.output(), 'updated')).toEqual(['0', '0']);
    expect(number(row(second.output(), 'unchanged')[1])).toBe(created[1]);
    expect(row(second.output(), 'state')).toEqual(['completed', 'completed']);

    const rival = startDemo(base);
    expect(await rival.ended()).toBe(1);
    expect(rival.output()).toContain(`already runs on ${second.home} as process ${second.process.pid}`);

    const running = second.pids();
    expect(alive(running)).toHaveLength(7);
    // Twice, as one does who is impatient.
    second.process.kill('SIGTERM');
    second.process.kill('SIGINT');
    expect(await second.ended(), second.output()).toBe(0);
    expect(alive(running)).toEqual([]);
    expect(existsSync(join(second.home, 'lock'))).toBe(false);
  });

  test('killed during an import, continues at the next start and duplicates nothing', async () => {
    const base = await temporaryHome();
    const first = startDemo(base);
    await first.says('simulators:');
    // Slow enough to be in the middle for certain.
    const slow = { method: 'POST', path: '/api/SoftwareLicence', times: -1, act: { do: 'delay', ms: 300 } };
    await control(first.home, 'faults', slow);
    await first.says('customers: completed');
    const written = () => control(first.home, 'do/dump', { what: 'licences' });
    await waitUntil(async () => (await written()).length > 100, 120_000);
    expect((await written()).length).toBeGreaterThan(100);
    const pids = first.pids();
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await waitUntil(() => alive(pids).length === 0, 20_000);
    expect(first.output()).not.toContain('subscriptions: completed');

    const second = startDemo(base);
    await second.says('continuing the import of subscriptions from an earlier start');
    await second.says('keeps running');
    expect(row(second.output(), 'state')).toEqual(['completed', 'completed']);
    expect(row(second.output(), 'created')).toEqual(['0', '0']);
    const licences = await control(second.home, 'do/dump', { what: 'licences' });
    const links = await control(second.home, 'do/dump', { what: 'links' });
    const ours = links.filter((link) => String(link.third_party_type).endsWith(':subscription'));
    expect(licences).toHaveLength(number(row(second.output(), 'unchanged')[1]));
    expect(new Set(ours.map((link) => link.third_party_id)).size).toBe(licences.length);
    expect(new Set(ours.map((link) => link.halo_id)).size).toBe(licences.length);

    // Killed alone this time: all it had started is still there, and is adopted or replaced.
    const left = second.pids();
    process.kill(left[0]!, 'SIGKILL');
    await second.ended();
    expect(alive(left)).toHaveLength(6);
    const third = startDemo(base, '--once');
    expect(await third.ended(), third.output()).toBe(0);
    expect(third.output()).toContain('stopped what an earlier start left running');
    expect(third.output()).toContain('left running by an earlier start');
    expect(row(third.output(), 'created')).toEqual(['0', '0']);
    expect(alive(left)).toEqual([]);
  });

  test('says what is wrong when its port is taken', async () => {
    const base = await temporaryHome();
    const { createServer } = await import('node:http');
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const env = plainEnvironment({ TRIBUTARY_HOME: base, PORT: String(port) });
    const child = spawn(process.execPath, ['--import', 'tsx', script], { env });
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(1);
    expect(said).toContain(`Port ${port} is taken by another program`);
    expect(said).toContain('PORT');
    expect(existsSync(join(base, 'demo', 'lock'))).toBe(false);
    other.close();
  });
});
