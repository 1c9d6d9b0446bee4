import { syncWorkflowId, taskQueue } from '../temporal/ids.ts';
import { Installation, type Servers } from './installation.ts';
import type { Options } from './options.ts';
import { startProgram } from './program.ts';
import { digits, type Section } from './table.ts';

/** Many integrations synced at once, by one worker and by two: is any of them starved? */
export async function manyPart(
  options: Options,
  servers: Servers,
  say: (line: string) => void,
): Promise<Section> {
  const { integrations, subscriptionsEach } = options;
  const source = await startProgram('bench/source.ts', [
    ...['--accounts', integrations, '--subscriptions', subscriptionsEach],
    ...['--customers', Math.ceil(subscriptionsEach / 40)],
  ]);
  const rows: (string | number)[][] = [];
  try {
    for (const workers of [1, 2]) {
      const halos = await startProgram('bench/halos.ts', ['--count', integrations]);
      const at = await Installation.create(servers, `bench_many_${workers}`);
      try {
        const programs = [];
        for (let i = 0; i < workers; i++) programs.push(await at.startWorker());
        const { url } = JSON.parse(source.ready);
        const { urls } = JSON.parse(halos.ready) as { urls: string[] };
        const ids: string[] = [];
        for (const [i, halo] of urls.entries())
          ids.push(await at.integration(await at.source(`${url}/a/${i}`, 4), await at.halo(halo, `t${i}`)));
        for (const what of ['first', 'unchanged']) {
          for (const program of programs) program.forget();
          const ended = await syncAll(at, ids);
          await allCompleted(at, ids.length);
          const memory = programs.map((program) => program.peak() ?? '?').join(' + ');
          const [first, last] = [Math.min(...ended), Math.max(...ended)];
          rows.push([
            `${what}, ${workers} worker${workers > 1 ? 's' : ''}`,
            digits(last),
            digits(first),
            `${digits(last / first)}×`,
            memory,
          ]);
          say(`${rows.at(-1)!.join(', ')}`);
        }
      } finally {
        await at.close();
        await halos.stop();
      }
    }
  } finally {
    await source.stop();
  }
  return {
    part: 'many',
    title: `${integrations} integrations of ${subscriptionsEach.toLocaleString('en')} subscriptions at once`,
    how: 'Every integration has a distributor account and a HaloPSA tenant of its own (no call limit, 4 pages in flight each); their syncs (customers, then subscriptions) are started together. Seconds from that start until the first and the last sync ended.',
    tables: [{ head: ['', 'last ended s', 'first ended s', 'spread', 'worker peak MB'], rows }],
  };
}

/** Seconds after the start at which each sync ended. */
async function syncAll(at: Installation, ids: string[]): Promise<number[]> {
  const { workflow } = at.servers.temporal;
  const began = performance.now();
  return await Promise.all(
    ids.map(async (integrationId) => {
      const workflowId = syncWorkflowId(integrationId);
      await workflow.execute('syncIntegration', { workflowId, taskQueue, args: [{ integrationId }] });
      return (performance.now() - began) / 1000;
    }),
  );
}

async function allCompleted(at: Installation, integrations: number): Promise<void> {
  const states = await at.sql<{ state: string; count: number }[]>`
    select state, count(*)::int as count from (select distinct on (integration_id, kind) state from imports
      order by integration_id, kind, started_at desc) i group by state`;
  if (states.length !== 1 || states[0]!.state !== 'completed' || states[0]!.count !== 2 * integrations)
    throw new Error(`not every import completed: ${JSON.stringify(states)}`);
}
