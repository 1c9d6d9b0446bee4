import { type Client, Connection, Client as TemporalClient } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { createGateway, type Gateway } from '../../activities/external/gateway.ts';
import { type RacePoint, tokenActivities } from '../../activities/tokens.ts';
import { connectorOf } from '../../connectors/index.ts';
import { type Database, openDatabase } from '../../db/client.ts';
import { type KeyRing, parseKeyRing } from '../../security/key-ring.ts';
import { taskQueue } from '../../temporal/ids.ts';
import { installRuntime } from './runtime.ts';

// Kills and cuts are what these tests are about: their warnings are not worth reading.
const quiet = { logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: 'off' } } };

/** What a process needs to work with tokens; plain, so that another process can be told. */
export interface TokenSetting {
  databaseUrl: string;
  temporalAddress: string;
  namespace: string;
  keys: string;
  /** The keeper's workflow code. */
  codePath: string;
}

export interface TokenProcess {
  db: Database;
  ring: KeyRing;
  temporal: Client;
  gateway: Gateway;
  startWorker(racePoint?: RacePoint): Promise<{ stop(): Promise<void> }>;
  close(): Promise<void>;
}

export const silent = { info() {}, warn() {} };

/** The parts of one worker or API process, as far as tokens go. */
export async function tokenProcess(
  setting: TokenSetting,
  databaseUrl = setting.databaseUrl,
): Promise<TokenProcess> {
  const db = openDatabase(databaseUrl, { max: 5 });
  const connection = await Connection.connect({ address: setting.temporalAddress });
  const temporal = new TemporalClient({ connection, namespace: setting.namespace });
  const ring = parseKeyRing(setting.keys);
  const gateway = createGateway({ db, ring, temporal, log: silent, allowPrivate: true, connectorOf });
  const closers: (() => Promise<unknown>)[] = [() => db.close(), () => connection.close()];
  return {
    db,
    ring,
    temporal,
    gateway,
    async startWorker(racePoint) {
      installRuntime(quiet);
      const native = await NativeConnection.connect({ address: setting.temporalAddress });
      const worker = await Worker.create({
        connection: native,
        namespace: setting.namespace,
        taskQueue,
        workflowBundle: { codePath: setting.codePath },
        activities: tokenActivities({ db, ring, gateway, log: silent, racePoint }),
      });
      const running = worker.run();
      let stopped: Promise<void> | undefined;
      const stop = () => {
        stopped ??= (async () => {
          worker.shutdown();
          await running;
          await native.close();
        })();
        return stopped;
      };
      closers.unshift(stop);
      return { stop };
    },
    async close() {
      for (const close of closers.splice(0)) await close();
    },
  };
}

/** What a connector would be given as its access token. */
export async function accessToken(
  { gateway }: Pick<TokenProcess, 'gateway'>,
  connectionId: string,
  options: { insteadOf?: string; signal?: AbortSignal; purpose?: 'import' | 'person' } = {},
): Promise<string> {
  const { signal = new AbortController().signal, purpose = 'import', insteadOf } = options;
  const { context } = await gateway.sessionFor(connectionId, { signal, purpose });
  return await context.token({ insteadOf });
}
