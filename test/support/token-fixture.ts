import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { inject } from 'vitest';
import { addConnection } from '../../db/connections/connections.ts';
import { readToken } from '../../db/connections/tokens.ts';
import { bySystem } from '../../domain/actor.ts';
import { plainEnvironment } from '../../embedded/processes.ts';
import { newKeyRing, parseKeyRing } from '../../security/key-ring.ts';
import { sealCredentials } from '../../security/token.ts';
import { startStreamOneIon } from '../../simulators/streamone-ion/server.ts';
import type { IonOptions } from '../../simulators/streamone-ion/state.ts';
import { tokenWorkflowId } from '../../temporal/ids.ts';
import { wakeKeeperWith } from '../../temporal/token-keeper.ts';
import { afterThisFile, afterThisTest } from './cleanups.ts';
import { testDatabase } from './database.ts';
import { type TokenProcess, type TokenSetting, tokenProcess } from './token-parts.ts';
import { waitFor } from './wait.ts';

/** A database, a namespace and the keeper's bundle for a test file; call it in `beforeAll`. */
export async function tokenSetting(): Promise<TokenSetting> {
  const { url } = await testDatabase({ max: 2 });
  const namespace = `tokens-${randomUUID()}`;
  const temporalAddress = inject('temporalAddress');
  const connection = await Connection.connect({ address: temporalAddress });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  const usable = () => connection.workflowService.listWorkflowExecutions({ namespace, pageSize: 1 });
  await waitFor(usable, `the namespace ${namespace}`);
  await connection.close();
  return { databaseUrl: url, temporalAddress, namespace, keys: newKeyRing(), codePath: await keeperBundle() };
}

/** The keeper alone: made faster than the bundle of all workflows, and not touched by them. */
export async function keeperBundle(): Promise<string> {
  const workflowsPath = fileURLToPath(new URL('../../workflows/token-keeper.ts', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  const folder = await mkdtemp(join(tmpdir(), 'tributary-keeper-'));
  afterThisFile(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'keeper.js'), code);
  return join(folder, 'keeper.js');
}

export type Ion = Awaited<ReturnType<typeof ionConnection>>;

/** An Ion and a connection to it whose token was never exchanged. */
export async function ionConnection(setting: TokenSetting, options: IonOptions = {}) {
  const refreshToken = `portal-${randomUUID()}`;
  const simulator = await startStreamOneIon({ customers: 1, subscriptions: 1, refreshToken, ...options });
  afterThisTest(() => simulator.close());
  const here = await inProcess(setting);
  const id = randomUUID();
  const ring = parseKeyRing(setting.keys);
  await addConnection(
    here.db,
    {
      id,
      kind: 'streamone-ion',
      role: 'distributor',
      name: 'Ion',
      settings: { baseUrl: simulator.url, accountId: '1001', callsPerSecond: 1000, maxInFlight: 32 },
      credentials: sealCredentials(ring, id, { refreshToken }),
    },
    bySystem,
  );
  const { sql } = here.db;
  const handle = here.temporal.workflow.getHandle(tokenWorkflowId(id));
  // No keeper outlives its test: it would go on asking a system that is gone.
  afterThisTest(() => handle.terminate('the test is over').catch(() => {}));
  return {
    id,
    simulator,
    here,
    handle,
    tokens: simulator.state.tokens,
    row: async () => (await readToken(sql, id))!,
    attempts: async () =>
      (await sql`select outcome from token_attempts where connection_id = ${id} order by begun_at`).map(
        ({ outcome }) => outcome as string | null,
      ),
    /** As PATCH /connections/{id} does. */
    enter: async (entered: string) => {
      const credentials = sealCredentials(ring, id, { refreshToken: entered });
      await sql`update connections set credentials = ${credentials} where id = ${id}`;
      await wakeKeeperWith(here.temporal)(id, {});
    },
    wake: (what: { minVersion?: number; force?: boolean }) => wakeKeeperWith(here.temporal)(id, what),
    /** Until all signals are handled and it says so: nothing more happens by itself. */
    keeperSays: (text: string) =>
      waitFor(async () => {
        const { pendingActivities, pendingWorkflowTask } = (await handle.describe()).raw;
        if (pendingActivities?.length || pendingWorkflowTask) return false;
        const { currentDetails } = await handle.query<{ currentDetails?: string }>(
          '__temporal_workflow_metadata',
        );
        return currentDetails?.includes(text);
      }, `the keeper to say “${text}”`),
    /** Running activities, with the details of their last heartbeat. */
    underWay: async () =>
      ((await handle.describe()).raw.pendingActivities ?? []).map(({ activityType, heartbeatDetails }) => ({
        name: activityType?.name ?? '',
        carried: (heartbeatDetails?.payloads ?? []).some(({ data }) => (data?.length ?? 0) > 50),
      })),
    expireAccess: () => sql`update tokens set access_expires_at = 'epoch' where connection_id = ${id}`,
    exchangeCalls: () => simulator.requests.filter(({ path }) => path === '/oauth/token').length,
    finding: async () =>
      (await sql`select state, message from findings where key = ${`reauth-required:${id}`}`)[0] ?? null,
  };
}

/** The parts of a process, in this one. */
export async function inProcess(setting: TokenSetting, databaseUrl?: string): Promise<TokenProcess> {
  const parts = await tokenProcess(setting, databaseUrl);
  afterThisTest(() => parts.close());
  return parts;
}

const program = fileURLToPath(new URL('./token-child.ts', import.meta.url));

/** A process of its own. */
export async function anotherProcess(
  setting: TokenSetting,
  options: { worker?: boolean; hold?: string } = {},
) {
  const argument = JSON.stringify({ setting, worker: options.worker ?? true, hold: options.hold });
  const child = spawn(process.execPath, ['--import', 'tsx', program, argument], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: plainEnvironment({}),
  });
  const said: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => said.push(JSON.parse(line)));
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  afterThisTest(kill);
  const says = (key: string) =>
    waitFor(() => {
      if (child.exitCode !== null) throw new Error('the other process ended');
      return said.find((line) => key in line)?.[key];
    }, `another process to say ${key}`);
  await says('ready');
  return {
    kill,
    says,
    call: (connectionId: string, callers: number) =>
      void child.stdin.write(`${JSON.stringify({ connectionId, callers })}\n`),
  };
}

/** A way to the database that can be cut. */
export async function cuttable(databaseUrl: string) {
  const target = new URL(databaseUrl);
  const open = new Set<Socket>();
  let away = false;
  const server = createServer((near) => {
    if (away) return void near.destroy();
    const far = connectSocket(Number(target.port || 5432), target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterThisTest(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return {
    url: Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String(port) }).toString(),
    cut: () => {
      away = true;
      for (const socket of open) socket.destroy();
    },
    mend: () => {
      away = false;
    },
  };
}
