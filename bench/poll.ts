import { importOnce } from './collecting.ts';
import { Installation, type Servers } from './installation.ts';
import { freePort, type Program, startProgram } from './program.ts';
import { digits, type Section } from './table.ts';

const customers = 2_000;
const subscriptions = 10_000;
const key = 'bench-key-of-no-value';

/** How Work 365 reads: the customers at once, then each customer's subscriptions, one request after another. */
export async function pollPart(servers: Servers, say: (line: string) => void): Promise<Section> {
  const source = await startProgram('bench/source.ts', [
    '--customers',
    customers,
    '--subscriptions',
    subscriptions,
  ]);
  const at = await Installation.create(servers, 'bench_poll');
  const programs: Program[] = [source];
  try {
    await at.startWorker();
    const connectionId = await at.source(`${JSON.parse(source.ready).url}/a/0`, 8);
    const settings = { displayName: 'Bench', country: 'GB', currency: 'GBP' };
    const integrationId = await at.integration(
      connectionId,
      await at.connection('work365', 'destination', settings, { key }),
    );
    for (const kind of ['customers', 'subscriptions'] as const) await importOnce(at, integrationId, kind);
    const port = await freePort();
    const env = { ...at.environment(), PORT: String(port) };
    programs.push(await startProgram('api/server.ts', [], { env, ready: /listening/i }));
    const base = `http://127.0.0.1:${port}/work365/${integrationId}/customers`;
    const ask = async (url: string) => {
      const began = performance.now();
      const answer = await fetch(url, { headers: { 'work-365-rest-provider-api-key': key } });
      const body = await answer.json();
      if (answer.status !== 200) throw new Error(`${url}: ${answer.status}`);
      return { body, ms: performance.now() - began };
    };
    const list = await ask(base);
    const ids = (list.body as { id: string }[]).map(({ id }) => id);
    let served = 0;
    const took: number[] = [];
    for (const id of ids) {
      const { body, ms } = await ask(`${base}/${encodeURIComponent(id)}/subscriptions`);
      served += (body as unknown[]).length;
      took.push(ms);
    }
    took.sort((a, b) => a - b);
    const quantile = (share: number) => digits(took[Math.floor(share * (took.length - 1))]!);
    say(`${ids.length} customers, ${served} subscriptions`);
    return {
      part: 'poll',
      title: `Work 365 reads ${ids.length.toLocaleString('en')} customers one by one`,
      how: `One request after another over HTTP, ${served.toLocaleString('en')} subscriptions in all; each answer is of the last finished listing.`,
      tables: [
        {
          head: ['', 'p50 ms', 'p99 ms', 'max ms'],
          rows: [
            ['a customer’s subscriptions', quantile(0.5), quantile(0.99), quantile(1)],
            ['all customers at once', digits(list.ms), digits(list.ms), digits(list.ms)],
          ],
        },
      ],
    };
  } finally {
    for (const program of programs) await program.stop();
    await at.close();
  }
}
