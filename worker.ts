import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import type { Client, Connection } from '@temporalio/client';
import { type NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { type Logger, pino } from 'pino';
import type { Patience } from './activities/deps.ts';
import { createGateway } from './activities/external/gateway.ts';
import { createActivities } from './activities/index.ts';
import { connectorOf } from './connectors/index.ts';
import { type Database, openDatabase } from './db/client.ts';
import { scheduledIntegrations } from './db/integrations/integrations.ts';
import { migrate } from './db/migrate.ts';
import { readEnvironment } from './security/environment.ts';
import type { KeyRing } from './security/key-ring.ts';
import { logOptions } from './security/redact.ts';
import { workflowBundle } from './temporal/bundle.ts';
import { connectTemporal } from './temporal/client.ts';
import { ensureHousekeeping } from './temporal/housekeeping.ts';
import { taskQueue } from './temporal/ids.ts';
import { connectNatively, sdkLogger } from './temporal/native.ts';
import { registerSearchAttributes } from './temporal/register.ts';
import { reconcileSchedules } from './temporal/schedules.ts';
import { searchAttributes } from './temporal/search-attributes.ts';

export interface WorkerParts {
  db: Database;
  temporal: Client;
  /** The worker's own connection to the same server. */
  connection: NativeConnection;
  ring: KeyRing;
  log: Logger;
  retentionDays: number;
  allowPrivate: boolean;
  /** The largest body accepted from an outside system, in bytes after decompression. */
  answerLimit?: number;
  patience?: Partial<Patience>;
}

/** A worker for every workflow and activity; call `run()` to start and `shutdown()` to stop it. */
export async function createWorker(parts: WorkerParts): Promise<Worker> {
  const gateway = createGateway({ ...parts, ...parts.patience, connectorOf });
  const workflowBundleOption = await workflowBundle();
  return await Worker.create({
    connection: parts.connection,
    namespace: parts.temporal.options.namespace,
    taskQueue,
    workflowBundle: workflowBundleOption,
    activities: createActivities({ ...parts, gateway }),
    maxCachedWorkflows: 200,
    maxConcurrentActivityTaskExecutions: 40,
    // A cancelled import learns of it with its next heartbeat.
    maxHeartbeatThrottleInterval: '5 seconds',
    // An activity stores what it has and returns, so that a shutdown need not wait for long ones …
    shutdownGraceTime: '2 seconds',
    // … but an exchange of a single-use token is always completed.
    shutdownForceTime: '75 seconds',
  });
}

async function main(): Promise<void> {
  const environment = readEnvironment(process.env, ['DATABASE_URL', 'TRIBUTARY_KEYS']);
  // Pages are garbage once stored: keep the heap at 1.75 times the live data instead of growing it to four times.
  setFlagsFromString('--heap-growing-percent=75');
  const log = pino({ level: environment.logLevel, ...logOptions, name: 'worker' });
  Runtime.install({ logger: sdkLogger(log) });
  await migrate(environment.databaseUrl!);
  const db = openDatabase(environment.databaseUrl!, { name: 'tributary-worker' });
  const temporal = await connectTemporal();
  const connection = await connectNatively();
  // Without the rights, registration fails; whoever administers the server does it, see the runbook.
  await registerSearchAttributes(
    temporal.connection as Connection,
    searchAttributes,
    temporal.options.namespace,
  ).catch((error: Error) => log.warn(`The search attributes could not be registered: ${error.message}`));
  const worker = await createWorker({
    db,
    temporal,
    connection,
    ring: environment.keys!,
    log,
    retentionDays: environment.retentionDays,
    allowPrivate: environment.allowPrivateTargets,
    answerLimit: environment.answerLimit,
  });
  await reconcileSchedules(temporal, await scheduledIntegrations(db));
  await ensureHousekeeping(temporal);
  log.info('the worker is running');
  try {
    await worker.run();
  } finally {
    await connection.close();
    await temporal.connection.close();
    await db.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
