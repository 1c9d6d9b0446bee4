import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createGateway } from '../../activities/external/gateway.ts';
import { registered } from '../../activities/failures.ts';
import { noticeActivities } from '../../activities/notices/notices.ts';
import { connectorOf } from '../../connectors/index.ts';
import { addChannel } from '../../db/notices/channels.ts';
import { addNotice, getNotice } from '../../db/notices/notices.ts';
import { bySystem } from '../../domain/actor.ts';
import { newKeyRing, parseKeyRing } from '../../security/key-ring.ts';
import { sealChannelCredentials } from '../../security/token.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { timeSkippingServerPath } from '../support/time-skipping.ts';
import { silent } from '../support/token-parts.ts';
import { type Receiver, startReceiver } from '../support/webhook.ts';

const path = await timeSkippingServerPath();
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=';
const hour = 3_600_000;

/** The real activities, database and receiver; only the days between the tries are skipped. */
describe.skipIf(!path)('sending a notice, with time skipping', () => {
  let db: TestDatabase;
  const ring = parseKeyRing(newKeyRing());
  let env: TestWorkflowEnvironment;
  let code: string;
  let receiver: Receiver;
  beforeAll(async () => {
    db = await testDatabase();
    const workflowsPath = fileURLToPath(new URL('../../workflows/send-notice.ts', import.meta.url));
    ({ code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }));
    receiver = await startReceiver(secret);
    env = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: path! } },
    });
  });
  afterAll(async () => {
    await env?.teardown();
    await receiver?.close();
  });
  beforeEach(() => {
    receiver.received.length = 0;
    receiver.answer = (response) => void response.writeHead(204).end();
  });

  /** Sends over a channel to `url`; how the notice stands then, and how many hours it took. */
  async function send({ url = receiver.url, allowPrivate = true, resolve = undefined as never } = {}) {
    const { sql } = db;
    const id = randomUUID();
    const credentials = sealChannelCredentials(ring, id, { secret });
    const channel = {
      id,
      name: 'Hook',
      kind: 'webhook' as const,
      settings: { url },
      credentials,
      rules: {},
      enabled: true,
    };
    await addChannel(sql, channel, bySystem);
    const told = { integrationId: null, subject: 'Something', text: 'It happened.', facts: {} };
    const noticeId = (await addNotice(sql, id, { kind: 'finding.opened', key: id, ...told }))!;
    const deps = {
      db,
      ring,
      log: silent,
      temporal: env.client,
      retentionDays: 1,
      patience: { requestMs: 300 },
      gateway: createGateway({ db, ring, log: silent, allowPrivate, connectorOf, resolve }),
    };
    const taskQueue = randomUUID();
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue,
      workflowBundle: { code },
      activities: registered(noticeActivities(deps) as never, silent),
    });
    // The clock leaps once nothing waits any more: what counts is when the last call came.
    const begun = await env.currentTimeMs();
    let last = begun;
    const { answer } = receiver;
    receiver.answer = async (response, place) => {
      last = await env.currentTimeMs();
      answer(response, place);
    };
    await worker.runUntil(
      env.client.workflow.execute('sendNotice', { workflowId: taskQueue, taskQueue, args: [{ noticeId }] }),
    );
    return { notice: (await getNotice(sql, noticeId))!, hours: (last - begun) / hour };
  }
  const undelivered = async () =>
    await db.sql`select message from findings where kind = 'notices-undelivered' and state = 'open'`;

  test('a target that answers 500 for a day gets the notice once it works again, under one id', async () => {
    const end = (await env.currentTimeMs()) + 24 * hour;
    receiver.answer = async (response) => {
      response.writeHead((await env.currentTimeMs()) < end ? 500 : 200).end();
    };
    const { notice, hours } = await send();
    expect(notice.state).toBe('delivered');
    expect(hours).toBeGreaterThan(23);
    expect(hours).toBeLessThan(26);
    // Soon at first, then hourly.
    expect(notice.attempts.length).toBeGreaterThan(24);
    expect(notice.attempts.length).toBeLessThan(40);
    expect(notice.attempts.at(-1)).toMatchObject({ ok: true, status: 200 });
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(
      new Set([notice.id]),
    );
    expect(receiver.forged).toBe(0);
    expect(await undelivered()).toEqual([]);
  });

  test('one that never answers is given up after three days, with a finding', async () => {
    receiver.answer = (response) => void response.writeHead(503).end();
    const { notice, hours } = await send();
    expect(notice.state).toBe('failed');
    expect(hours).toBeGreaterThan(70);
    expect(hours).toBeLessThanOrEqual(72);
    const [told] = await undelivered();
    expect(told!.message).toContain('Channel “Hook” did not accept the notice “Something”');
    expect(told!.message).toContain('answered 503');
  });

  test('one that hangs is left after its time, and asked again', async () => {
    receiver.answer = (response, place) => {
      if (place > 2) response.writeHead(204).end();
    };
    const { notice } = await send();
    expect(notice.attempts.map(({ ok, message }) => [ok, /in time/.test(message)])).toEqual([
      [false, true],
      [false, true],
      [true, false],
    ]);
  });

  test('the pause it asks for is kept', async () => {
    receiver.answer = (response, place) =>
      void response.writeHead(place === 1 ? 429 : 204, { 'retry-after': '7200' }).end();
    const { notice, hours } = await send();
    expect(notice.attempts).toHaveLength(2);
    expect(hours).toBeGreaterThanOrEqual(2);
    expect(hours).toBeLessThan(2.1);
  });

  test('one that redirects inward is not followed', async () => {
    const inside = await startReceiver(secret);
    receiver.answer = (response, place) =>
      void (place === 1
        ? response.writeHead(307, { location: inside.url }).end()
        : response.writeHead(204).end());
    const { notice } = await send();
    expect(notice.attempts[0]).toMatchObject({ ok: false, status: 307 });
    expect(inside.received.length + inside.forged).toBe(0);
    await inside.close();
  });

  test('a name that leads inward is refused without a call, once and for all', async () => {
    const { notice } = await send({
      url: 'https://hooks.example/in',
      allowPrivate: false,
      resolve: (async () => ['10.0.0.7']) as never,
    });
    expect(notice).toMatchObject({ state: 'failed', attempts: [{ ok: false }] });
    expect(notice.attempts[0]!.message).toContain('inside a private network');
  });

  test('one that is gone for good (410) is not asked again', async () => {
    receiver.answer = (response) => void response.writeHead(410).end();
    expect((await send()).notice).toMatchObject({ state: 'failed', attempts: [{ status: 410 }] });
  });
});
