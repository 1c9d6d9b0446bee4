import { Client, Connection } from '@temporalio/client';
import { expect, test } from 'vitest';
import { buildApp } from '../../api/app.ts';
import { openDatabase } from '../../db/client.ts';
import { call, installation, pair } from './installation.ts';

const it = installation();

test('without the database: 503 with Retry-After, and readyz says what is missing', async () => {
  const db = openDatabase('postgres://nobody:secret-word@127.0.0.1:9/nothing');
  const app = await buildApp({ ...it.deps, db });
  const answer = await call(app, it.key, 'GET', '/v1/connections');
  expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5']);
  expect(answer.text).not.toContain('secret-word');
  expect((await call(app, '', 'GET', '/readyz')).body.missing).toContain('database');
  expect((await call(app, '', 'GET', '/healthz')).status).toBe(200);
  await app.close();
  await db.close();
});

test('without Temporal: reads go on, an import is promised, a schedule is not half set', async () => {
  const { integrationId } = await pair(it);
  const connection = Connection.lazy({ address: '127.0.0.1:9' });
  const temporal = new Client({ connection, namespace: it.temporal.options.namespace });
  const app = await buildApp({ ...it.deps, temporal: () => temporal });
  const path = `/v1/integrations/${integrationId}`;
  expect((await call(app, it.key, 'GET', path)).status).toBe(200);

  const schedule = await call(app, it.key, 'PUT', `${path}/schedule`, { every: 'PT1H' });
  expect([schedule.status, schedule.headers['retry-after']]).toEqual([503, '5']);
  expect((await call(app, it.key, 'GET', path)).body.scheduled).toBe(false);

  const started = await call(app, it.key, 'POST', `${path}/imports`, { kind: 'customers' });
  expect(started.status).toBe(202);
  expect(started.body).toMatchObject({ state: 'running', temporal: { runId: null, url: null } });
  // Temporal is back: asking again starts it.
  const again = await it.call('POST', `${path}/imports`, { kind: 'customers' });
  expect(again.body).toMatchObject({ id: started.body.id, joined: true });
  expect(again.body.temporal.runId).toBeTruthy();

  expect((await call(app, '', 'GET', '/readyz')).body.missing).toEqual(['temporal', 'worker']);
  await app.close();
  // It never connected, so there is nothing to close: a try that outlives its answer would throw if there were.
});
