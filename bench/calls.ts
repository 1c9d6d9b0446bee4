import { importOnce } from './collecting.ts';
import { Installation, type Servers } from './installation.ts';
import type { Options } from './options.ts';
import { startProgram } from './program.ts';
import type { Section } from './table.ts';

interface Call {
  method: string;
  path: string;
}

/** An import's calls to HaloPSA, from its own log, compared with an importer that makes one call per record. */
export async function callsPart(
  options: Options,
  servers: Servers,
  say: (line: string) => void,
): Promise<Section> {
  const { haloSubscriptions: subscriptions, haloChanges: changes } = options;
  const customers = Math.ceil(subscriptions / 10);
  const sizes = ['--subscriptions', subscriptions, '--customers', customers];
  const source = await startProgram('bench/source.ts', sizes);
  const halos = await startProgram('bench/halos.ts', ['--count', 2]);
  const [url, other] = JSON.parse(halos.ready).urls as [string, string];
  const at = await Installation.create(servers, 'bench_calls');
  try {
    await at.startWorker();
    const { url: sourceUrl } = JSON.parse(source.ready);
    const integrationId = await at.integration(await at.source(`${sourceUrl}/a/0`, 8), await at.halo(url));
    const rows: (string | number)[][] = [];
    const step = async (what: string, kind: 'customers' | 'subscriptions', goal: string) => {
      await fetch(`${url}/__control/requests`, { method: 'DELETE' });
      const { counts, calls } = await importOnce(at, integrationId, kind);
      const log = (await (await fetch(`${url}/__control/requests`)).json()) as Call[];
      const writes = log.filter((call) => call.method === 'POST' && !/token/i.test(call.path)).length;
      rows.push([what, log.length, writes, goal]);
      say(
        `${what}: ${log.length} calls (${calls} counted by us), ${writes} writes, ${JSON.stringify(counts)}`,
      );
    };
    await step(`customers: ${customers} new`, 'customers', '');
    await step(`first import of ${subscriptions} subscriptions`, 'subscriptions', '≤ 320 for 5,000');
    await step('unchanged', 'subscriptions', '≤ 60, no writes');
    await fetch(`${sourceUrl}/__bench/change?every=${Math.round(subscriptions / changes)}&by=1`);
    await step(`${changes} changed`, 'subscriptions', `≤ ${60 + Math.ceil(changes / 25) + 10}`);
    const naive = await callARecord(at, `${sourceUrl}/a/0`, other);
    rows.push(['an importer of one call a record: first import', naive, subscriptions, '']);
    return {
      part: 'calls',
      title: 'Calls at HaloPSA',
      how: 'Counted by the request log of the simulator: every request, token calls too. The last row is an importer that reads the clients and posts one licence a call.',
      tables: [{ head: ['', 'calls', 'writes', 'goal'], rows }],
    };
  } finally {
    await at.close();
    await halos.stop();
    await source.stop();
  }
}

/** The usual script: clients by name, then one POST a licence that is alive. Returns its calls. */
async function callARecord(at: Installation, source: string, halo: string): Promise<number> {
  let calls = 0;
  const call = async (path: string, body?: unknown, token?: string) => {
    calls++;
    const form = body instanceof URLSearchParams;
    const answer = await fetch(`${halo}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && !form && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: form ? body : JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    // biome-ignore lint/suspicious/noExplicitAny: each caller knows what it asked for
    return (await answer.json()) as any;
  };
  const { access_token: token } = await call(
    '/auth/token?tenant=t1',
    new URLSearchParams({
      grant_type: 'client_credentials', client_id: 'halo-demo', client_secret: 'halo-demo-secret', scope: 'all',
    }),
  ); // biome-ignore format: a form
  // The clients are there already in this comparison, so making them is not counted.
  const customers = await at.sql<
    { id: string; name: string }[]
  >`select id, name from customers where not own`;
  for (const { name } of customers) await call('/api/Client', [{ name, toplevel_id: 12 }], token);
  calls = 1;
  const clients = new Map<string, number>();
  for (let page = 1; ; page++) {
    const answer = await call(`/api/Client?pageinate=true&page_size=100&page_no=${page}`, undefined, token);
    for (const client of answer.clients) clients.set(client.name, client.id);
    if (answer.clients.length < 100) break;
  }
  const idOf = new Map(customers.map(({ id, name }) => [id, clients.get(name)]));
  for (let page = 1; ; page++) {
    const answer = await fetch(`${source}/index.php/api/licenses/v2/find?page=${page}&per_page=100`, {
      method: 'POST',
      headers: { apiKey: 'arrow-demo-key' },
    });
    // biome-ignore lint/suspicious/noExplicitAny: the record as it comes
    const { results, pagination } = (await answer.json()) as any;
    for (const { license } of results) {
      const licence = {
        name: license.offer,
        client_id: idOf.get(license.customer_ref),
        count: license.seat,
        type: 1,
        third_party_id: license.partner_ref,
      };
      await call('/api/SoftwareLicence', [licence], token);
    }
    if (page >= pagination.totalPage) return calls;
  }
}
