import type { OnProgress } from '../progress.ts';
import type { DemoApi, Import } from './api.ts';
import { showProgress } from './progress.ts';
import type { Reconciliation } from './reconciliation.ts';
import type { Finding, Outcome } from './report.ts';

/** A step that failed, with what to do about it. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  constructor(step: string, why: string, todo = '') {
    super(`${step} failed: ${[why, todo].filter(Boolean).join('\n')}`);
  }
}

export interface Simulators {
  arrowsphere: string;
  halopsa: string;
}

interface Connection {
  id: string;
  name: string;
  settings: Record<string, unknown>;
}
interface TestReport {
  ok: boolean;
  message: string;
  steps: { name: string; state: string; message: string }[];
}

/** The simulator allows this many; a real HaloPSA usually 300 to 700. */
export const callsPerFiveMinutes = 3_000;

const names = {
  arrowsphere: 'ArrowSphere (simulated)',
  halopsa: 'HaloPSA (simulated)',
  integration: 'ArrowSphere → HaloPSA',
};

/** The steps a person would take in the console: connect, test, map, import. */
export async function runDemo(api: DemoApi, urls: Simulators, onProgress: OnProgress): Promise<Outcome> {
  const source = await connect(api, onProgress, {
    kind: 'arrowsphere',
    name: names.arrowsphere,
    settings: { baseUrl: `${urls.arrowsphere}/index.php/api`, maxInFlight: 8, callsPerSecond: 200 },
    credentials: { apiKey: 'arrow-demo-key' },
  });
  const destination = await connect(api, onProgress, {
    kind: 'halopsa',
    name: names.halopsa,
    settings: { baseUrl: urls.halopsa, tenant: 'demo', callsPerFiveMinutes },
    credentials: { clientId: 'halo-demo', clientSecret: 'halo-demo-secret' },
  });
  const integration = await integrate(api, onProgress, source, destination);

  // Left by a killed start; these imports continue by themselves.
  const unfinished = await api.list<Import>(`/v1/imports?integrationId=${integration}&state=running`);
  for (const { id, kind } of unfinished.reverse()) {
    onProgress({
      state: 'note',
      text: `continuing the import of ${kind} from an earlier start; this can take two minutes`,
    });
    await follow(api, id, kind, onProgress);
  }

  const done = await step('Mapping customers', () =>
    api.post<{ generated: number; ambiguous: number; unmatched: number }>(
      `/v1/integrations/${integration}/mappings/generate`,
    ),
  );
  const { generated, ambiguous, unmatched } = done;
  onProgress({
    state: 'done',
    text: `mapped ${generated} customers to clients of exactly the same name; ${unmatched} have no such client, ${ambiguous} have several`,
  });

  const imports: Import[] = [];
  for (const kind of ['customers', 'subscriptions'] as const) {
    const { id } = await step(`Importing ${kind}`, () =>
      api.post<Import>(`/v1/integrations/${integration}/imports`, { kind }),
    );
    imports.push(await follow(api, id, kind, onProgress));
  }
  const findings = await api.list<Finding>(`/v1/findings?state=open&integrationId=${integration}`);
  const reconciliation = await step('Comparing both sides', () =>
    api.get<Reconciliation>(`/v1/integrations/${integration}/reconciliation?limit=1`),
  );
  return { imports, findings, reconciliation };
}

/** Reuses a connection of this name on a second start, and updates the simulator's address. */
async function connect(
  api: DemoApi,
  onProgress: OnProgress,
  wanted: { kind: string; name: string; settings: Record<string, unknown>; credentials: object },
): Promise<string> {
  const { kind, name, settings } = wanted;
  const connections = await api.list<Connection>(`/v1/connections?kind=${kind}`);
  const found = connections.find((connection) => connection.name === name);
  const { id } = await step(`Adding the connection ${name}`, async () => {
    if (!found) return api.post<Connection>('/v1/connections', wanted);
    const same = Object.entries(settings).every(([key, value]) => found.settings[key] === value);
    return same ? found : api.patch<Connection>(`/v1/connections/${found.id}`, { settings });
  });
  onProgress({
    state: 'done',
    text: `connection ${name}${found ? ' kept from an earlier start' : ' added'}`,
  });
  const { ok, message, steps } = await step(`Testing ${name}`, () =>
    api.post<TestReport>(`/v1/connections/${id}/test`),
  );
  for (const { name, state, message } of steps)
    onProgress({ state: 'note', text: `  ${state.padEnd(7)} ${name}: ${message}` });
  if (!ok)
    throw new StepFailed(`Testing ${name}`, message, 'Start again; the simulator may just have been slow.');
  return id;
}

async function integrate(
  api: DemoApi,
  onProgress: OnProgress,
  sourceId: string,
  destinationId: string,
): Promise<string> {
  const there = await api.list<{ id: string; sourceId: string; destinationId: string }>(
    `/v1/integrations?connectionId=${sourceId}`,
  );
  const found = there.find((one) => one.sourceId === sourceId && one.destinationId === destinationId);
  const { id } =
    found ??
    (await step('Adding the integration', () =>
      api.post<{ id: string }>('/v1/integrations', {
        name: names.integration,
        sourceId,
        destinationId,
        options: { topLevelId: '12', createClients: true },
      }),
    ));
  onProgress({
    state: 'done',
    text: `integration ${names.integration}${found ? ' kept from an earlier start' : ' added; customers without a client will get one'}`,
  });
  return id;
}

async function follow(
  api: DemoApi,
  id: string,
  kind: Import['kind'],
  onProgress: OnProgress,
): Promise<Import> {
  await showProgress(kind, api.watch(id));
  const row = await api.get<Import>(`/v1/imports/${id}`);
  const { state, problem, temporal } = row;
  if (state === 'failed' || state === 'cancelled')
    throw new StepFailed(
      `The import of ${kind}`,
      problem ? `${problem.title}. ${problem.detail}` : `its state is ${state}.`,
      `See every step at ${temporal.url ?? temporal.workflowId}. Start again to complete it.`,
    );
  onProgress({ state: 'done', text: `${kind}: ${state.replaceAll('_', ' ')}` });
  return row;
}

async function step<T>(name: string, act: () => Promise<T>): Promise<T> {
  return act().catch((error: Error) => {
    throw error instanceof StepFailed ? error : new StepFailed(name, error.message);
  });
}
