import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { v7 as uuid } from 'uuid';
import { connect, type Database, openDatabase, type Sql } from '../db/client.ts';
import { migrate } from '../db/migrate.ts';
import type { IntegrationOptions } from '../db/schema.ts';
import { checkoutCache, openHome } from '../embedded/home.ts';
import { eraseHome } from '../embedded/postgres/files.ts';
import { startPostgres } from '../embedded/postgres/postgres.ts';
import { startTemporal } from '../embedded/temporal/temporal.ts';
import { newKeyRing, parseKeyRing } from '../security/key-ring.ts';
import { sealCredentials } from '../security/token.ts';
import { noProxy } from '../temporal/client.ts';
import { searchAttributes } from '../temporal/search-attributes.ts';
import { type Program, startProgram } from './program.ts';

/** The servers of a run: PostgreSQL as an installation has it (fsync on) and Temporal, in a home of their own. */
export interface Servers {
  postgresUrl: string;
  temporalAddress: string;
  temporal: Client;
  close(): Promise<void>;
}

export async function startServers(say: (line: string) => void): Promise<Servers> {
  const home = await openHome(await mkdtemp(join(await realpath(tmpdir()), 'tributary-bench-')));
  const onProgress = ({ state, text }: { state: string; text: string }) => state === 'done' && say(text);
  const postgres = await startPostgres({ home, onProgress: onProgress as never });
  const temporal = await startTemporal({
    home,
    searchAttributes,
    cacheDir: checkoutCache(),
    onProgress: onProgress as never,
  });
  const connection = await Connection.connect({ ...noProxy, address: temporal.address });
  return {
    postgresUrl: postgres.url,
    temporalAddress: temporal.address,
    temporal: new Client({ connection }),
    close: async () => {
      await connection.close();
      await temporal.stop();
      await postgres.stop();
      await eraseHome(home);
    },
  };
}

/** An installation of Tributary on those servers: a database, and workers as processes of their own. */
export class Installation {
  readonly url: string;
  readonly db: Database;
  readonly servers: Servers;
  readonly apiKey = 'bench-key-of-no-value-outside-this-run';
  readonly #keys = newKeyRing();
  readonly #programs: Program[] = [];

  private constructor(servers: Servers, url: string) {
    this.servers = servers;
    this.url = url;
    this.db = openDatabase(url, { statementTimeoutMs: 0 });
  }

  static async create(servers: Servers, name: string): Promise<Installation> {
    const admin = connect(servers.postgresUrl, { max: 1 });
    await admin.unsafe(`drop database if exists ${name} with (force)`);
    await admin.unsafe(`create database ${name}`);
    await admin.end();
    const url = Object.assign(new URL(servers.postgresUrl), { pathname: `/${name}` }).toString();
    await migrate(url);
    return new Installation(servers, url);
  }

  get sql(): Sql {
    return this.db.sql;
  }

  environment(): Record<string, string> {
    return {
      DATABASE_URL: this.url,
      TEMPORAL_ADDRESS: this.servers.temporalAddress,
      TRIBUTARY_KEYS: this.#keys,
      TRIBUTARY_API_KEY: this.apiKey,
      ALLOW_PRIVATE_TARGETS: 'true',
      LOG_LEVEL: 'info',
      HOST: '127.0.0.1',
    };
  }

  /** `npm run worker` */
  async startWorker(): Promise<Program> {
    const worker = await startProgram('worker.ts', [], {
      env: this.environment(),
      ready: /"msg":"the worker is running"/,
    });
    this.#programs.push(worker);
    return worker;
  }

  async connection(kind: string, role: string, settings: object, credentials: object): Promise<string> {
    const id = uuid();
    const sealed = sealCredentials(parseKeyRing(this.#keys), id, credentials as Record<string, string>);
    await this.sql`insert into connections (id, kind, role, name, settings, credentials)
      values (${id}, ${kind}, ${role}, ${kind}, ${this.sql.json(settings as never)}, ${sealed})`;
    return id;
  }

  /** Never slowed down by us: the bench sets the pages in flight and no rate. */
  source(url: string, maxInFlight: number): Promise<string> {
    const settings = { baseUrl: `${url}/index.php/api`, maxInFlight, callsPerSecond: 1000 };
    return this.connection('arrowsphere', 'distributor', settings, { apiKey: 'arrow-demo-key' });
  }

  halo(baseUrl: string, tenant = 't0'): Promise<string> {
    const settings = { baseUrl, tenant, callsPerFiveMinutes: 10_000_000 };
    const credentials = { clientId: 'halo-demo', clientSecret: 'halo-demo-secret' };
    return this.connection('halopsa', 'destination', settings, credentials);
  }

  async integration(sourceId: string, destinationId: string): Promise<string> {
    const id = uuid();
    const options: IntegrationOptions = {
      topLevelId: '12',
      createClients: true,
      updateMainSiteAddress: false,
      shrinkLimitPercent: 10,
      currency: null,
      timeZone: 'UTC',
    };
    const schedule = { customers: true, subscriptions: true, every: 'P1D' };
    await this.sql`insert into integrations (id, name, source_id, destination_id, options, schedule)
      values (${id}, 'bench', ${sourceId}, ${destinationId}, ${this.sql.json({ ...options } as never)}, ${this.sql.json(schedule)})`;
    return id;
  }

  async close(): Promise<void> {
    for (const program of this.#programs) await program.stop();
    await this.db.close();
    const admin = connect(this.servers.postgresUrl, { max: 1 });
    await admin.unsafe(`drop database if exists ${new URL(this.url).pathname.slice(1)} with (force)`);
    await admin.end();
  }
}
