import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { inject, onTestFinished } from 'vitest';
import type { Patience } from '../../activities/deps.ts';
import { connect, type Database, openDatabase, type Sql } from '../../db/client.ts';
import { migrate } from '../../db/migrate.ts';
import { ensureSearchAttributes } from '../../embedded/search-attributes.ts';
import { newApiKey } from '../../security/api-key.ts';
import { type KeyRing, newKeyRing, parseKeyRing } from '../../security/key-ring.ts';
import { searchAttributes } from '../../temporal/search-attributes.ts';
import { type OptionsOf, type SimulatedKind, type SystemOf, systems } from './systems.ts';
import { waitFor } from './wait.ts';
import { type Running, startApi, startWorker } from './wiring.ts';
import { spawnWorker, type WorkerProcess } from './worker-process.ts';

export interface StackOptions {
  /** Runs in this process; without it, tests start workers themselves. Default true. */
  worker?: boolean;
  /** Default true. */
  api?: boolean;
  retentionDays?: number;
  /** Servers of the test's own, to be stopped; default those of the run. */
  servers?: { databaseUrl: string; temporalAddress: string };
  /** Of workers in this process. */
  patience?: Partial<Patience>;
}

/** What the parts of a stack are made from. */
export interface Parts {
  db: Database;
  temporal: Client;
  temporalAddress: string;
  temporalUiUrl: string | null;
  ring: KeyRing;
  apiKey: string;
  retentionDays: number;
  patience?: Partial<Patience>;
  /** Takes the lines of a pino log. */
  log: { write(line: string): void };
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the answer it asks for
  body: any;
}

export type Connected<K extends SimulatedKind> = SystemOf<K> & { id: string };

/**
 * A whole installation for one test file: a database, a Temporal namespace (so the one task queue mixes nothing), a
 * worker and the API, on the servers of the run. Make it in `beforeAll`, close it in `afterAll`.
 */
export class Stack {
  readonly databaseUrl: string;
  readonly namespace: string;
  readonly parts: Parts;
  /** Log lines of the API and of every worker, those in other processes too. */
  readonly logs: string[] = [];
  /** Every answer the API gave to `api`, as text with its headers. */
  readonly answers: string[] = [];
  /** `TRIBUTARY_KEYS` */
  readonly keys: string;
  baseUrl = '';
  readonly #closers: (() => Promise<unknown>)[] = [];
  #requests = 0;

  private constructor(databaseUrl: string, namespace: string, keys: string, parts: Omit<Parts, 'log'>) {
    this.databaseUrl = databaseUrl;
    this.namespace = namespace;
    this.keys = keys;
    this.parts = { ...parts, log: { write: (line) => void this.logs.push(line) } };
  }

  static async start({
    worker = true,
    api = true,
    retentionDays = 400,
    patience,
    servers,
  }: StackOptions = {}): Promise<Stack> {
    const name = `stack_${randomUUID().replaceAll('-', '')}`;
    const server = servers?.databaseUrl ?? inject('databaseUrl');
    const temporalAddress = servers?.temporalAddress ?? inject('temporalAddress');
    const databaseUrl = Object.assign(new URL(server), { pathname: `/${name}` }).toString();
    const template = servers ? '' : ` template ${inject('templateDatabase')}`;
    await withServer(server, (sql) => sql.unsafe(`create database ${name}${template}`));
    if (servers) await migrate(databaseUrl);
    const connection = await Connection.connect({ address: temporalAddress });
    await registerNamespace(connection, temporalAddress, name);
    const keys = newKeyRing();
    const stack = new Stack(databaseUrl, name, keys, {
      db: openDatabase(databaseUrl, { max: 5 }),
      temporal: new Client({ connection, namespace: name }),
      temporalAddress,
      temporalUiUrl: inject('temporalUiUrl'),
      ring: parseKeyRing(keys),
      apiKey: newApiKey(),
      retentionDays,
      patience,
    });
    stack.onClose(() =>
      withServer(server, (sql) => sql.unsafe(`drop database if exists ${name} with (force)`)),
    );
    stack.onClose(() => connection.close());
    stack.onClose(() => stack.db.close());
    try {
      if (worker) await stack.startWorker();
      if (api) {
        const app = await startApi(stack.parts);
        stack.onClose(() => app.stop());
        stack.baseUrl = app.url;
      }
    } catch (error) {
      await stack.close();
      throw error;
    }
    return stack;
  }

  get db(): Database {
    return this.parts.db;
  }
  get sql(): Sql {
    return this.parts.db.sql;
  }
  get temporal(): Client {
    return this.parts.temporal;
  }

  /** Run when the stack is closed, the last one first. */
  onClose(close: () => Promise<unknown>): void {
    this.#closers.push(close);
  }

  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#closers.splice(0).reverse()) await close().catch((error) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  }

  /** One more worker in this process. */
  async startWorker(): Promise<Running> {
    const worker = await startWorker(this.parts);
    this.onClose(() => worker.stop());
    return worker;
  }

  /** One more worker as `worker.ts` in a process of its own, to be killed. */
  async startWorkerProcess(environment: Record<string, string> = {}): Promise<WorkerProcess> {
    const worker = await spawnWorker({
      temporal: this.temporal,
      environment: { ...this.environment(), ...environment },
      onLine: (line) => void this.logs.push(line),
    });
    this.onClose(() => worker.kill());
    return worker;
  }

  /** The settings that make a process of ours part of this stack. */
  environment(): Record<string, string> {
    return {
      DATABASE_URL: this.databaseUrl,
      TEMPORAL_ADDRESS: this.parts.temporalAddress,
      TEMPORAL_NAMESPACE: this.namespace,
      TRIBUTARY_KEYS: this.keys,
      TRIBUTARY_API_KEY: this.parts.apiKey,
      RETENTION_DAYS: `${this.parts.retentionDays}`,
      ALLOW_PRIVATE_TARGETS: 'true',
      LOG_LEVEL: 'debug',
    };
  }

  /** A call over real HTTP with the API key; `headers` stand over ours, an empty one is left out. */
  async api(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const sent = new Headers({ authorization: `Bearer ${this.parts.apiKey}`, accept: 'application/json' });
    if (body !== undefined) sent.set('content-type', 'application/json');
    for (const [name, value] of Object.entries(headers))
      value === '' ? sent.delete(name) : sent.set(name, value);
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: sent,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    this.answers.push(`${++this.#requests} ${method} ${path} ${response.status}\n${head}\n\n${text}`);
    const json = /[/+]json\b/.test(response.headers.get('content-type') ?? '') && text !== '';
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  }

  /** The same, where another status than this one ends the test with what was answered. Returns the body. */
  async expect(
    status: number,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) {
    const answer = await this.api(method, path, body, headers);
    if (answer.status === status) return answer.body;
    throw new Error(
      `${method} ${path}: ${answer.status}, not ${status}: ${JSON.stringify(answer.body, null, 2)}`,
    );
  }

  /** Starts a simulator and makes a connection to it. */
  async connect<K extends SimulatedKind>(kind: K, options?: OptionsOf<K>): Promise<Connected<K>> {
    const start = systems[kind] as unknown as (options?: OptionsOf<K>) => Promise<SystemOf<K>>;
    const system = await start(options);
    this.onClose(() => system.simulator.close());
    const { settings, credentials } = system;
    const named = { kind, name: `${kind} ${this.#requests}`, settings, credentials };
    const { id } = await this.expect(201, 'POST', '/v1/connections', named);
    return { ...system, id };
  }

  /** Makes an integration of two connections; returns its id. */
  async integrate(
    source: { id: string },
    destination: { id: string },
    options: object = {},
  ): Promise<string> {
    const ends = { sourceId: source.id, destinationId: destination.id };
    const named = { name: `integration ${this.#requests}`, ...ends, options };
    return (await this.expect(201, 'POST', '/v1/integrations', named)).id;
  }

  /** Asks for an import and returns it once it is no longer running. */
  async importAndWait(
    integrationId: string,
    request: { kind: 'customers' | 'subscriptions'; mode?: 'apply' | 'preview'; customerIds?: string[] },
    timeoutMs = 240_000,
  ) {
    const path = `/v1/integrations/${integrationId}/imports`;
    const { id } = await this.expect(202, 'POST', path, { mode: 'apply', ...request });
    return this.importEnds(id, timeoutMs);
  }

  importEnds(id: string, timeoutMs = 240_000) {
    const ended = async () => {
      const found = await this.expect(200, 'GET', `/v1/imports/${id}`);
      return found.state === 'running' ? null : found;
    };
    return waitFor(ended, `import ${id} to end`, { timeoutMs, everyMs: 200 });
  }
}

/** See `Stack`. */
export const startStack = (options?: StackOptions): Promise<Stack> => Stack.start(options);

/** For one test: closed when it ends. */
export async function stackOfThisTest(options?: StackOptions): Promise<Stack> {
  const stack = await startStack(options);
  onTestFinished(() => stack.close());
  return stack;
}

async function withServer(url: string, use: (sql: Sql) => Promise<unknown>): Promise<void> {
  const sql = connect(url, { max: 1 });
  try {
    await use(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function registerNamespace(connection: Connection, address: string, namespace: string): Promise<void> {
  const days = 24 * 3600;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: days as never },
  });
  // The server's own cache learns of it a moment later.
  const usable = () => connection.workflowService.listWorkflowExecutions({ namespace, pageSize: 1 });
  await waitFor(usable, `the namespace ${namespace}`);
  await ensureSearchAttributes(address, searchAttributes, namespace);
}
