import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentMapping } from '../../../api/routes/people/people.ts';
import { connect } from '../../../db/client.ts';
import { type DemoApi, demoApi, type Import } from '../../../embedded/demo/api.ts';
import { callsPerFiveMinutes, runDemo } from '../../../embedded/demo/steps.ts';
import { checkoutCache } from '../../../embedded/home.ts';
import { eraseHome } from '../../../embedded/postgres/files.ts';
import { printProgress } from '../../../embedded/progress.ts';
import { startStack } from '../../../embedded/stack.ts';
import { readEnvironment } from '../../../security/environment.ts';
import { startArrowSphere } from '../../../simulators/arrowsphere/server.ts';
import type { ArrowSphereState } from '../../../simulators/arrowsphere/state.ts';
import { startHaloPsa } from '../../../simulators/halopsa/server.ts';
import type { Simulator } from '../../../simulators/harness.ts';
import { startStreamOneIon } from '../../../simulators/streamone-ion/server.ts';
import { setBack } from '../set-back.ts';
import { waitFor } from '../wait.ts';

/** Ids of what the pages are shown with. */
export interface Stage {
  url: string;
  apiKey: string;
  ids: Record<
    | 'integration'
    | 'ion'
    | 'psa'
    | 'applied'
    | 'preview'
    | 'running'
    | 'subscription'
    | 'statement'
    | 'channel',
    string
  >;
  close(): Promise<void>;
}

/**
 * The demo's installation on a morning with something to do: two distributors, edits made in the PSA, a token that ends
 * soon, changes that wait, a preview to approve and an import under way.
 */
export async function setStage(): Promise<Stage> {
  process.env.TRIBUTARY_CACHE ??= checkoutCache();
  const home = await mkdtemp(join(tmpdir(), 'tributary-pictures-'));
  const closers: (() => Promise<unknown>)[] = [() => eraseHome(home)];
  const close = async () => {
    for (const act of closers.reverse()) await act();
  };
  try {
    const arrow = await startArrowSphere({ apiKey: 'arrow-demo-key' });
    const halo = await startHaloPsa({ callsPerFiveMinutes });
    const ion = await startStreamOneIon({
      customers: 12,
      subscriptions: 40,
      seed: 7,
      accountId: '1001',
      refreshToken: 'ion-demo-refresh',
      refreshSeconds: 9 * 86_400,
    });
    closers.push(...[arrow, halo, ion].map((simulator) => () => simulator.close()));
    const { signal } = new AbortController();
    const stack = await startStack({
      environment: {
        ...readEnvironment({ ...process.env, PORT: '0', TRIBUTARY_HOME: home }),
        allowPrivateTargets: true,
      },
      onProgress: printProgress(),
      signal,
      onFailure: (error) => {
        throw error;
      },
    });
    closers.push(() => stack.stop());
    const api = demoApi(stack.apiUrl, stack.apiKey, signal);
    await runDemo(api, { arrowsphere: arrow.url, halopsa: halo.url }, printProgress());
    const hook = createServer((_request, response) => response.writeHead(204).end()).listen(0, '127.0.0.1');
    await once(hook, 'listening');
    closers.push(async () => void hook.close());
    const { port } = hook.address() as { port: number };
    const ids = await dress(api, { arrow, halo, ion }, stack, `http://127.0.0.1:${port}/tickets`);
    return { url: stack.apiUrl, apiKey: stack.apiKey, ids, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Simulators {
  arrow: Simulator<ArrowSphereState>;
  halo: Awaited<ReturnType<typeof startHaloPsa>>;
  ion: Awaited<ReturnType<typeof startStreamOneIon>>;
}

type Row = { id: string; [name: string]: unknown };

async function dress(
  api: DemoApi,
  { arrow, halo, ion }: Simulators,
  { apiUrl, apiKey, databaseUrl }: { apiUrl: string; apiKey: string; databaseUrl: string },
  hookUrl: string,
): Promise<Stage['ids']> {
  const put = async (path: string, body: unknown, type = 'application/json') => {
    const answer = await fetch(`${apiUrl}${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': type },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
  };
  const control = async (url: string, name: string, body: object) => {
    const answer = await fetch(`${url}/__control/do/${name}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${name}: ${await answer.text()}`);
    return (await answer.json()) as Row;
  };
  const run = async (integration: string, kind: Import['kind'], mode: 'apply' | 'preview' = 'apply') => {
    const { id } = await api.post<Row>(`/v1/integrations/${integration}/imports`, { kind, mode });
    const ended = async () => (await api.get<Row>(`/v1/imports/${id}`)).state !== 'running';
    await waitFor(ended, `the import of ${kind}`, { timeoutMs: 240_000, everyMs: 300 });
    return id;
  };

  const [integration] = await api.list<Row>('/v1/integrations');
  const psa = String(integration!.destinationId);
  await api.patch(`/v1/integrations/${integration!.id}`, {
    options: { changes: 'ask' },
  });
  await put(`/v1/integrations/${integration!.id}/schedule`, {
    customers: true,
    subscriptions: true,
    cron: '30 6 * * *',
    timeZone: 'Europe/Berlin',
  });

  const source = await api.post<Row>('/v1/connections', {
    kind: 'streamone-ion',
    name: 'Ion Germany',
    settings: { baseUrl: ion.url, accountId: '1001' },
    credentials: { refreshToken: 'ion-demo-refresh' },
  });
  await api.post(`/v1/connections/${source.id}/test`);
  await api.post(`/v1/connections/${source.id}/token/refresh`);
  const second = await api.post<Row>('/v1/integrations', {
    name: 'Ion → HaloPSA',
    sourceId: source.id,
    destinationId: psa,
    options: { topLevelId: '12', createClients: false },
  });
  await run(second.id, 'customers');
  await api.post(`/v1/integrations/${second.id}/mappings/generate`);
  await run(second.id, 'subscriptions');

  // What a person did in HaloPSA yesterday.
  const rows = [...halo.state.licences.rows.values()].filter(({ is_active }) => is_active);
  await control(halo.url, 'setLicence', { id: rows[3]!.id, patch: { name: 'M365 E3 (front desk)' } });
  await control(halo.url, 'setLicence', { id: rows[40]!.id, patch: { name: 'Teams Phone, Berlin' } });
  await control(halo.url, 'setLicence', { id: rows[90]!.id, patch: { count: 3 } });
  const applied = await run(integration!.id, 'subscriptions');
  const charges = `/v1/connections/${integration!.sourceId}/charges`;
  const read = async () => (await api.list<Row>(charges)).some(({ state }) => state === 'read');
  await waitFor(read, "the distributor's charges", { timeoutMs: 240_000 });
  const statement = await frozenMonth(databaseUrl, (month) =>
    api.post<Row>(`/v1/integrations/${integration!.id}/statements`, { month }),
  );
  await run(second.id, 'subscriptions');

  // What customers ordered since.
  const alive = arrow.state.licences.filter(
    ({ state, customer }) => state === 'active' && !customer.deletedAt,
  );
  for (const { id, seats } of alive.slice(10, 24))
    await control(arrow.url, 'setSeats', { ref: `XSP${id}`, seats: seats + 1 + (id % 9) });
  for (const { id } of alive.slice(40, 42)) await control(arrow.url, 'cancelLicense', { ref: `XSP${id}` });
  for (const { customer } of alive.slice(60, 66))
    await control(arrow.url, 'addLicense', { customer: customer.ref, seats: 12 });
  const preview = await run(integration!.id, 'subscriptions', 'preview');

  for (const [at, more] of [
    [100, 5],
    [120, -1],
  ] as const) {
    const { id, seats } = alive[at]!;
    await api.post(`/v1/integrations/${integration!.id}/changes`, {
      kind: 'quantity',
      subscriptionId: `XSP${id}`,
      quantity: String(Math.max(1, seats + more)),
    });
  }
  await put(
    `/v1/connections/${psa}/people`,
    [
      'id,name,email,extension',
      '17,Ada Holt,ada.holt@msp.example,201',
      '18,Bo Berg,bo@berg.example,202',
      '19,Chidi L.,chidi.lowe@msp.example,203',
      '20,Kim Novak,kim.novak@msp.example,204',
    ].join('\n'),
    'text/csv',
  );
  for (const offer of ['agents', 'top-levels']) await api.get(`/v1/connections/${psa}/${offer}?refresh=true`);
  const { items: people } = await api.get<{ items: AgentMapping[] }>(`/v1/connections/${psa}/agent-mappings`);
  await put(`/v1/connections/${psa}/agent-mappings`, {
    items: people.slice(0, 1).map(({ personId, suggestedAgentId: agentId }) => ({ personId, agentId })),
  });

  for (const [name, scopes] of [
    ['Dana Kaya', ['admin']],
    ['Bo Berg', ['operate']],
    ['Grafana', ['read']],
  ] as const)
    await api.post('/v1/api-keys', { name, scopes });
  const channel = await api.post<Row>('/v1/notifications', {
    name: 'Service desk',
    channel: 'webhook',
    settings: { url: hookUrl },
    rules: {
      findings: { severity: 'warning' },
      failures: { after: 2 },
      digest: { at: '08:00', timeZone: 'Europe/Berlin' },
      silence: { hours: 24 },
    },
  });
  await api.post(`/v1/notifications/${channel.id}/test`);

  arrow.faults.add({ path: '/licenses/v2/find', times: -1, act: { do: 'delay', ms: 20_000 } });
  const { id: running } = await api.post<Row>(`/v1/integrations/${integration!.id}/imports`, {
    kind: 'subscriptions',
    mode: 'preview',
  });
  const ids = { integration: integration!.id, ion: source.id, psa, applied, preview, running };
  return { ...ids, statement, channel: channel.id, subscription: `XSP${alive[12]!.id}` };
}

/** The month before, frozen as if the installation had been there already. */
async function frozenMonth(databaseUrl: string, freeze: (month: string) => Promise<Row>): Promise<string> {
  const sql = connect(databaseUrl);
  try {
    return (await freeze(await setBack(sql))).id;
  } finally {
    await sql.end();
  }
}
