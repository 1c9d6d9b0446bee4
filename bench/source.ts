import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startArrowSphere } from '../simulators/arrowsphere/server.ts';

/**
 * The fixed source for every contestant: ArrowSphere accounts whose pages were recorded from the simulator and are
 * served unchanged, so that the source is never the limit. `/a/<n>/index.php/api` is account n.
 */
const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '1' },
    customers: { type: 'string', default: '1000' },
    subscriptions: { type: 'string', default: '100000' },
  },
});
const pageSize = 100;
const [customers, subscriptions] = [Number(values.customers), Number(values.subscriptions)];
const apiKey = 'arrow-demo-key';

type Simulator = Awaited<ReturnType<typeof startArrowSphere>>;
interface Account {
  simulator: Simulator;
  seats: number[];
  answers: Map<string, Buffer>;
}

const find = (page: number) => `/licenses/v2/find?page=${page}&per_page=${pageSize}`;
const listing = (page: number) => `/customers?page=${page}&per_page=${pageSize}`;

async function take(account: Account, paths: string[], method: 'GET' | 'POST') {
  for (const path of paths) {
    const response = await fetch(`${account.simulator.url}/index.php/api${path}`, {
      method,
      headers: { apiKey, 'content-type': 'application/json' },
      ...(method === 'POST' && { body: '{"sort":{"license.id":"asc"}}' }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    account.answers.set(path, Buffer.from(await response.arrayBuffer()));
  }
  account.simulator.requests.splice(0);
}

const numbered = (count: number, path: (page: number) => string) =>
  Array.from({ length: Math.max(1, Math.ceil(count / pageSize)) }, (_, i) => path(i + 1));
const takeLicences = (account: Account) =>
  take(account, numbered(account.simulator.state.licences.length, find), 'POST');

async function open(account: number): Promise<Account> {
  const simulator = await startArrowSphere({ customers, subscriptions, account, seed: account + 1, apiKey });
  const opened = { simulator, seats: simulator.state.licences.map(({ seats }) => seats), answers: new Map() };
  await take(opened, ['/whoami', ...numbered(customers + 1, listing)], 'GET');
  await takeLicences(opened);
  return opened;
}

const accounts: Account[] = [];
for (let i = 0; i < Number(values.accounts); i++) accounts.push(await open(i));

let latency = 0;
let requests = 0;

/** Every `every`-th licence has `by` seats more than at the start. */
async function change(every: number, by: number) {
  for (const account of accounts) {
    account.simulator.state.licences.forEach((licence, i) => {
      licence.seats = account.seats[i]! + (i % every === 0 ? by : 0);
    });
    await takeLicences(account);
  }
}

const server = createServer(async (incoming, outgoing) => {
  incoming.resume();
  const url = incoming.url ?? '';
  if (url.startsWith('/__bench/')) {
    const query = new URL(url, 'http://source').searchParams;
    if (url.startsWith('/__bench/latency')) latency = Number(query.get('ms'));
    if (url.startsWith('/__bench/change')) await change(Number(query.get('every')), Number(query.get('by')));
    const body = JSON.stringify({ requests });
    requests = 0;
    return void outgoing.end(body);
  }
  requests++;
  const [, account, path] = /^\/a\/(\d+)\/index\.php\/api(\/.*)$/.exec(url) ?? [];
  const answer = path && accounts[Number(account)]?.answers.get(path);
  if (latency > 0) await sleep(latency);
  outgoing.writeHead(answer ? 200 : 404, {
    'content-type': 'application/json',
    'content-length': answer ? answer.length : 0,
  });
  outgoing.end(answer);
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
process.once('SIGTERM', () => process.exit(0));
