import { startServers, Installation } from '/work/main/bench/installation.ts';
import { startProgram } from '/work/main/bench/program.ts';
import { collectOnce, emptyLedger } from '/work/main/bench/collecting.ts';
import { withLog } from '/work/main/bench/rows.ts';
import { readFileSync, readdirSync } from 'node:fs';
const N = Number(process.argv[2] ?? 50000);
const servers = await startServers(console.log);
const cpu = (pid: number) => { const f = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' '); return (Number(f[11]) + Number(f[12])) / 100; };
const pgcpu = () => { let s = 0; for (const d of readdirSync('/proc')) if (/^\d+$/.test(d)) try { const c = readFileSync(`/proc/${d}/cmdline`, 'utf8'); if (/tributary: |^postgres: tributary/.test(c) || c.startsWith('postgres: tributary tributary')) {} if (c.startsWith('postgres:') && c.includes('bench_')) s += cpu(Number(d)); } catch {} return s; };
try {
  const source = await startProgram('bench/source.ts', ['--subscriptions', N]);
  const at = await Installation.create(servers, 'bench_prof');
  const [{ data_directory }] = await at.sql`show data_directory` as any;
  if (process.env.LOGSQL) { await at.sql.unsafe(`alter database bench_prof set session_preload_libraries = 'auto_explain'`); for (const [k, v] of [['auto_explain.log_min_duration', process.env.LOGSQL], ['auto_explain.log_analyze', 'on'], ['auto_explain.log_timing', 'off'],['auto_explain.log_buffers', 'on'], ['auto_explain.log_parameter_max_length', '20']]) await at.sql.unsafe(`alter database bench_prof set ${k} = '${v}'`); }
  const worker = await at.startWorker();
  console.log('base', worker.peak());
  const id = await at.source(JSON.parse(source.ready).url + '/a/0', 8);
  for (const what of ['first', 'unchanged', 'unchanged', 'changed', 'first', 'unchanged']) {
    if (what === 'first') await emptyLedger(at);
    if (what === 'changed') await fetch(JSON.parse(source.ready).url + '/__bench/change?every=100&by=1');
    worker.forget();
    const [a, b, c] = [cpu(worker.pid), pgcpu(), cpu(source.pid)];
    const { result, walMb } = await withLog(at.sql, () => collectOnce(at, id));
    console.log(what, result.seconds.toFixed(2), 's worker cpu', (cpu(worker.pid) - a).toFixed(2), 'pg', (pgcpu() - b).toFixed(2), 'source', (cpu(source.pid) - c).toFixed(2), 'peak', worker.peak(), 'wal', walMb.toFixed(1), 'actions', result.cost.actions, 'events', result.cost.events, JSON.stringify(result.cost.activities));
  }
  const home = readdirSync('/tmp').filter((x) => x.startsWith('tributary-bench-'));
  if (process.env.LOGSQL) for (const h of home) { try { const { copyFileSync } = await import('node:fs'); copyFileSync(`/tmp/${h}/postgres.log`, '/tmp/prof-postgres.log'); } catch {} }
  await worker.stop();
  await at.close(); await source.stop();
} finally { await servers.close(); }
process.exit();
