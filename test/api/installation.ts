import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, inject } from 'vitest';
import { buildApp } from '../../api/app.ts';
import type { App, Deps } from '../../api/context.ts';
import { connect, type Database, openDatabase } from '../../db/client.ts';
import { type LedgerRow, ledgerRow } from '../../db/ledger/rows.ts';
import { writeRows } from '../../db/ledger/upsert.ts';
import { ensureSearchAttributes } from '../../embedded/search-attributes.ts';
import { newApiKey } from '../../security/api-key.ts';
import { newKeyRing, parseKeyRing } from '../../security/key-ring.ts';
import { searchAttributes } from '../../temporal/search-attributes.ts';
import { recordOf } from '../support/listing.ts';
import { waitFor } from '../support/wait.ts';

/** The API alone on a database and a namespace of its own: no worker, so nothing moves but what a test moves. */
export interface Installation {
  app: App;
  db: Database;
  temporal: Client;
  deps: Deps;
  key: string;
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: Json; headers: Record<string, unknown>; text: string }>;
}

// biome-ignore lint/suspicious/noExplicitAny: each test knows the answer it asks for
type Json = any;

export const secret = 'xsp-secret-4711-do-not-show';

/** Started before the tests of a file, gone after them. */
export function installation(environment: Partial<Deps['environment']> = {}): Installation {
  const it = {} as Installation;
  const closers: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    const name = `api_${randomUUID().replaceAll('-', '')}`;
    const admin = connect(inject('databaseUrl'), { max: 1 });
    await admin.unsafe(`create database ${name} template ${inject('templateDatabase')}`);
    closers.push(async () => {
      await admin.unsafe(`drop database if exists ${name} with (force)`);
      await admin.end();
    });
    it.db = openDatabase(Object.assign(new URL(inject('databaseUrl')), { pathname: `/${name}` }).toString(), {
      max: 5,
    });
    closers.push(() => it.db.close());
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    closers.push(() => connection.close());
    await connection.workflowService.registerNamespace({
      namespace: name,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    await waitFor(
      () => connection.workflowService.listWorkflowExecutions({ namespace: name, pageSize: 1 }),
      'the namespace',
    );
    await ensureSearchAttributes(inject('temporalAddress'), searchAttributes, name);
    it.temporal = new Client({ connection, namespace: name });
    it.key = newApiKey();
    it.deps = {
      db: it.db,
      temporal: it.temporal,
      ring: parseKeyRing(newKeyRing()),
      apiKey: it.key,
      environment: { allowPrivateTargets: true, temporalUiUrl: 'http://127.0.0.1:8233', ...environment },
    };
    it.app = await buildApp(it.deps);
    closers.push(() => it.app.close());
    it.call = (method, path, body, headers) => call(it.app, it.key, method, path, body, headers);
  });
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });
  return it;
}

/** A text is sent as it is, anything else as JSON. */
export async function call(
  app: App,
  key: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  const answer = await app.inject({
    method: method as 'GET',
    url: path,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = answer.body;
  const json = /[/+]json/.test(String(answer.headers['content-type'])) && text !== '';
  return { status: answer.statusCode, headers: answer.headers, text, body: json ? JSON.parse(text) : text };
}

export const arrowsphere = (name = 'Arrow') => ({
  kind: 'arrowsphere',
  name,
  settings: { baseUrl: 'http://127.0.0.1:9/api' },
  credentials: { apiKey: secret },
});

export const halopsa = (name = 'Halo') => ({
  kind: 'halopsa',
  name,
  settings: { baseUrl: 'http://127.0.0.1:9' },
  credentials: { clientId: 'client', clientSecret: secret },
});

export interface Pair {
  sourceId: string;
  destinationId: string;
  integrationId: string;
}

/** A distributor, a destination, their integration, and a ledger of three customers and three clients. */
export async function pair({ call, db }: Installation): Promise<Pair> {
  const sourceId = (await call('POST', '/v1/connections', arrowsphere())).body.id;
  const destinationId = (await call('POST', '/v1/connections', halopsa())).body.id;
  const made = await call('POST', '/v1/integrations', { name: 'One', sourceId, destinationId });
  const customers = ['Alpha GmbH', 'Beta Ltd', 'Gamma'].map((name, n) => ({
    id: `XSP${n + 1}`, name, status: 'active' as const, own: false, email: null, phone: null, domain: null, tenantId: null, address: null, unreadable: [],
  })); // biome-ignore format: rows
  const clients = ['Alpha GmbH', 'Beta', 'Other'].map((name, n) => ({
    id: `${n + 11}`, name, inactive: false, topLevelId: null, mainSiteId: null, unreadable: [],
  })); // biome-ignore format: rows
  await writeRows(
    db.sql,
    sourceId,
    'customers',
    customers.map((row) => recordOf('customers', row).read() as LedgerRow),
  );
  await writeRows(
    db.sql,
    destinationId,
    'clients',
    clients.map((row) => ledgerRow('clients', row)),
  );
  return { sourceId, destinationId, integrationId: made.body.id };
}
