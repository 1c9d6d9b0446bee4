import { collectOnce, emptyLedger } from './collecting.ts';
import { Installation, type Servers } from './installation.ts';
import type { Options } from './options.ts';
import { startProgram } from './program.ts';
import { digestOf, stored, withLog } from './rows.ts';
import { digits, type Section } from './table.ts';

/** Memory must not grow with the account: a tenth, then the whole, by one and the same kind of worker. */
export async function millionPart(
  options: Options,
  servers: Servers,
  say: (line: string) => void,
): Promise<Section> {
  const rows: (string | number)[][] = [];
  for (const subscriptions of [options.subscriptions, options.subscriptions * 10]) {
    const source = await startProgram('bench/source.ts', ['--subscriptions', subscriptions]);
    const at = await Installation.create(servers, 'bench_million');
    try {
      const worker = await at.startWorker();
      const connectionId = await at.source(`${JSON.parse(source.ready).url}/a/0`, 8);
      for (const what of ['first', 'unchanged']) {
        if (what === 'first') await emptyLedger(at);
        worker.forget();
        const { result, walMb } = await withLog(at.sql, () => collectOnce(at, connectionId));
        const { rows: found } = await digestOf(at.sql, stored.ledger);
        if (found !== subscriptions) throw new Error(`${found} rows instead of ${subscriptions}`);
        const { actions, events } = result.cost;
        const perSecond = Math.round(subscriptions / result.seconds);
        const name = `${what}, ${subscriptions.toLocaleString('en')}`;
        rows.push([
          name,
          digits(result.seconds),
          perSecond,
          worker.peak() ?? '?',
          digits(walMb),
          actions,
          events,
        ]);
        say(rows.at(-1)!.join(', '));
      }
    } finally {
      await at.close();
      await source.stop();
    }
  }
  return {
    part: 'million',
    title: `Memory, and ${(options.subscriptions * 10).toLocaleString('en')} subscriptions`,
    how: 'One listing by a fresh worker process, 8 pages in flight; run once. Peak memory is VmHWM of the worker. A listing this long continues as new, so its actions and events are those of the last execution.',
    tables: [{ head: ['', 's', 'records a second', 'worker peak MB', 'WAL MB', 'actions', 'events'], rows }],
  };
}
