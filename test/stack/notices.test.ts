import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { report } from '../../db/findings/lifecycle.ts';
import { finding } from '../../domain/findings/finding.ts';
import { Scene } from '../support/scene.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';
import { type Receiver, startReceiver } from '../support/webhook.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=';
let stack: Stack;
let receiver: Receiver;
beforeAll(async () => {
  stack = await startStack({ patience: { requestMs: 1_000, droppedMs: 50, timeoutMs: 50 } });
  receiver = await startReceiver(secret);
  stack.onClose(() => receiver.close());
});
afterAll(() => stack.close());

// biome-ignore lint/suspicious/noExplicitAny: each test knows the answer it asks for
type Any = any;
const make = (body: object): Promise<Any> => stack.expect(201, 'POST', '/v1/notifications', body);
const hook = (rules: object, url = receiver.url) =>
  make({ name: 'Hook', channel: 'webhook', settings: { url }, credentials: { secret }, rules });
const deliveries = async (id: string): Promise<Any[]> =>
  (await stack.expect(200, 'GET', `/v1/notifications/${id}/deliveries`)).items;
const drop = (id: string) => stack.expect(204, 'DELETE', `/v1/notifications/${id}`);

/** What happens every minute, now. */
async function minute(): Promise<void> {
  const options = { workflowId: `housekeeping-${randomUUID()}`, taskQueue: 'tributary', args: [] };
  await stack.temporal.workflow.execute('housekeeping', options);
}
const until = (id: string, state: string, count = 1) =>
  waitFor(async () => {
    const found = (await deliveries(id)).filter((one) => one.state === state && one.kind !== 'test');
    return found.length >= count && found;
  }, `${count} ${state}`);
const openFinding = (n: string, more: object = {}) =>
  report(stack.sql, [
    finding('reauth-required', {
      connectionId: randomUUID(),
      connectionName: `Ion ${n}`,
      connectionKind: 'streamone-ion',
      problem: 'The token is spent.',
      ...more,
    }),
  ]);

describe('a webhook', () => {
  test('is tested over the real path, signed, and answered for at once', async () => {
    const { id } = await hook({});
    const before = receiver.received.length;
    const good = await stack.expect(200, 'POST', `/v1/notifications/${id}/test`);
    expect(good).toMatchObject({ ok: true, status: 204 });
    const [got] = receiver.received.slice(before);
    expect(got!.headers['webhook-id']).toBe(good.deliveryId);
    expect(got!.payload).toMatchObject({ type: 'test', data: { id: good.deliveryId } });
    expect((await deliveries(id))[0]).toMatchObject({
      id: good.deliveryId,
      state: 'delivered',
      attempts: [{ ok: true }],
    });

    receiver.answer = (response) => void response.writeHead(500).end('down');
    expect(await stack.expect(200, 'POST', `/v1/notifications/${id}/test`)).toMatchObject({
      ok: false,
      status: 500,
    });
    receiver.answer = () => {};
    const slow = await stack.expect(200, 'POST', `/v1/notifications/${id}/test`);
    expect(slow).toMatchObject({
      ok: false,
      status: null,
      message: expect.stringContaining('did not answer in time'),
    });
    // A redirect is not followed, wherever it leads.
    const before302 = receiver.received.length;
    receiver.answer = (response) => void response.writeHead(302, { location: receiver.url }).end();
    const moved = await stack.expect(200, 'POST', `/v1/notifications/${id}/test`);
    expect(moved).toMatchObject({ ok: false, status: 302, message: expect.stringContaining('not followed') });
    expect(receiver.received.length).toBe(before302 + 1);
    receiver.answer = (response) => void response.writeHead(204).end();
    expect(receiver.forged).toBe(0);
    await drop(id);
  });

  test('tells of findings by kind and severity, once each time they open, many in one', async () => {
    const { id } = await hook({ findings: { severity: 'critical', kinds: ['reauth-required'] } });
    await openFinding('A');
    await openFinding('B');
    await report(stack.sql, [
      finding('token-expiring', {
        connectionId: randomUUID(),
        connectionName: 'C',
        connectionKind: 'streamone-ion',
        until: '2027-01-01',
        daysLeft: 3,
      }),
    ]);
    await minute();
    const [first] = await until(id, 'delivered');
    expect(first).toMatchObject({ kind: 'finding.opened', subject: '2 new findings need a decision' });
    expect(first.text).toContain('Ion A');
    await minute();
    await minute();
    expect(await deliveries(id)).toHaveLength(1);
    // Resolved and open again: that is news.
    const [row] = await stack.sql`select * from findings where message like '%Ion A%'`;
    await stack.expect(200, 'POST', `/v1/findings/${row!.id}/resolve`, { action: 'dismiss' });
    await report(stack.sql, [
      finding('reauth-required', { ...row!.subject, problem: 'The new token is spent too.' }),
    ]);
    await minute();
    const told = await until(id, 'delivered', 2);
    expect(told[0].subject).toContain('The new token is spent too.');
    await drop(id);
  });

  test('tells of money from a threshold on', async () => {
    const scene = await Scene.withClients(stack);
    const ref = await scene.licence({ seats: 3, patch: {} });
    await scene.run('subscriptions');
    const [{ price, currency }] = (await stack.sql`
      select trim_scale(quantity * coalesce(unit_price, unit_cost))::text as price, currency from subscriptions
      where connection_id = ${scene.source.id} and id = ${ref}`) as unknown as [
      { price: string; currency: string },
    ];
    const above = await hook({
      findings: { money: { amount: `${Math.ceil(Number(price)) + 1}`, currency } },
    });
    const below = await hook({ findings: { money: { amount: price, currency } } });
    const other = await hook({ findings: { money: { amount: '0.01', currency: 'XXX' } } });
    await scene.edit(ref, { name: 'A name of ours' });
    await scene.run('subscriptions');
    await minute();
    const [told] = await until(below.id, 'delivered');
    expect(told.subject).toContain('A name of ours');
    expect(await deliveries(above.id)).toEqual([]);
    expect(await deliveries(other.id)).toEqual([]);
    for (const { id } of [above, below, other]) await drop(id);
  });

  test('tells of imports that fail in a row once, and once when they work again', async () => {
    const scene = await Scene.withClients(stack);
    const { id } = await hook({ failures: { after: 2 }, integrationIds: [scene.integration] });
    const { faults } = scene.source.simulator;
    const fail = async () => {
      faults.add({ times: -1, act: { do: 'respond', status: 403, body: { status: 403 } } });
      expect(await scene.run('subscriptions')).toMatchObject({ state: 'failed' });
      faults.clear();
    };
    await fail();
    await minute();
    expect(await deliveries(id)).toEqual([]);
    await fail();
    await minute();
    const [told] = await until(id, 'delivered');
    expect(told).toMatchObject({ kind: 'import.failed', integrationId: scene.integration });
    expect(told.subject).toMatch(/^2 imports of subscriptions of “.*” failed in a row$/);
    expect(told.text).toContain('ArrowSphere');
    await fail();
    await minute();
    expect(await deliveries(id)).toHaveLength(1);
    await scene.run('subscriptions');
    await minute();
    await minute();
    const all = await until(id, 'delivered', 2);
    expect(all.map(({ kind }) => kind)).toEqual(['import.recovered', 'import.failed']);
    await drop(id);
  });

  test('tells when a scheduled integration is silent, and when it syncs again', async () => {
    const scene = await Scene.withClients(stack);
    await stack.expect(200, 'PUT', `/v1/integrations/${scene.integration}/schedule`, {
      every: 'P30D',
      customers: false,
    });
    const { id } = await hook({ silence: { hours: 24 }, integrationIds: [scene.integration] });
    await minute();
    expect(await deliveries(id)).toEqual([]);
    await stack.sql`update integrations set scheduled_at = now() - interval '25 hours' where id = ${scene.integration}`;
    await minute();
    await minute();
    const [silent] = await until(id, 'delivered');
    expect(silent).toMatchObject({
      kind: 'sync.missing',
      subject: expect.stringContaining('has not synced for 24 hours'),
    });
    await scene.run('subscriptions');
    await minute();
    const all = await until(id, 'delivered', 2);
    expect(all.map(({ kind }) => kind)).toEqual(['sync.resumed', 'sync.missing']);
    await drop(id);
  });
});

test('a digest tells once a day what waits, on the clock of its zone', async () => {
  await openFinding('for the digest');
  const zone = 'Pacific/Kiritimati';
  const now = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
  }).format();
  const { id } = await hook({ digest: { at: now, timeZone: zone } });
  await minute();
  // The day's time had come before the channel was there.
  expect(await deliveries(id)).toEqual([]);
  await stack.sql`update notice_channels set since = now() - interval '1 day' where id = ${id}`;
  await minute();
  await minute();
  const [told] = await until(id, 'delivered');
  expect(told.subject).toMatch(/^Waiting for you: /);
  expect(await deliveries(id)).toHaveLength(1);
  await drop(id);
});

describe('an e-mail', () => {
  test('is sent by SMTP with one Message-ID, and says why where it is not', async () => {
    const mails: string[] = [];
    let refuse = true;
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _, done) =>
        username === 'tributary' && password === 'mail-password-4711'
          ? done(null, { user: username })
          : done(new Error('no')),
      onRcptTo: ({ address }, _, done) =>
        refuse ? done(Object.assign(new Error(`no such mailbox ${address}`), { responseCode: 550 })) : done(),
      onData: (stream, _, done) => {
        let text = '';
        stream.on('data', (chunk) => {
          text += chunk;
        });
        stream.on('end', () => {
          mails.push(text);
          done();
        });
      },
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
    stack.onClose(() => new Promise((closed) => server.close(() => closed(undefined))));
    const { port } = server.server.address() as AddressInfo;
    const settings = {
      host: '127.0.0.1',
      port,
      security: 'none',
      from: 'tributary@example.com',
      to: ['desk@example.com'],
    };
    const credentials = { user: 'tributary', password: 'mail-password-4711' };
    const { id } = await make({ name: 'Desk', channel: 'email', settings, credentials, rules: {} });
    const refused = await stack.expect(200, 'POST', `/v1/notifications/${id}/test`);
    // Not in the mail server's own words, which quote the address.
    expect(refused).toMatchObject({
      ok: false,
      message: '127.0.0.1 refused the sender or every recipient (550).',
    });
    refuse = false;
    const sent = await stack.expect(200, 'POST', `/v1/notifications/${id}/test`);
    expect(sent).toMatchObject({ ok: true, status: 250 });
    expect(mails).toHaveLength(1);
    expect(mails[0]).toContain(`Message-ID: <${sent.deliveryId}@tributary>`);
    expect(mails[0]).toContain('Subject: Test notice from Tributary');

    const wrong = { credentials: { password: 'wrong' } };
    await stack.expect(200, 'PATCH', `/v1/notifications/${id}`, wrong);
    expect(await stack.expect(200, 'POST', `/v1/notifications/${id}/test`)).toMatchObject({
      ok: false,
      message: expect.stringContaining('refused the user name or password'),
    });
    await drop(id);
  });
});

describe('a ticket in HaloPSA', () => {
  test('is made once, also where the answer was lost', async () => {
    const halo = await stack.connect('halopsa', { clients: 'none' });
    const { state, faults } = halo.simulator;
    const clientId = `${state.internalClientId}`;
    const { id } = await make({
      name: 'Board',
      channel: 'halo-ticket',
      settings: { connectionId: halo.id, clientId, priorityId: '2', team: 'Projects' },
      rules: { findings: { kinds: ['reauth-required'] } },
    });
    const made = await stack.expect(200, 'POST', `/v1/notifications/${id}/test`);
    expect(made, JSON.stringify(made)).toMatchObject({ ok: true, reference: expect.stringMatching(/^\d+$/) });
    const [first] = [...state.tickets.rows.values()];
    expect(first).toMatchObject({ id: Number(made.reference), priority_id: 2, team: 'Projects' });

    faults.add({ method: 'POST', path: '/api/Tickets', act: { do: 'drop-reply' } });
    await openFinding('with a ticket');
    await minute();
    const [told] = await until(id, 'delivered');
    expect(told.attempts.map(({ ok }: { ok: boolean }) => ok)).toEqual([false, true]);
    const tickets = [...state.tickets.rows.values()].filter(({ summary }) =>
      summary.includes('with a ticket'),
    );
    expect(tickets).toHaveLength(1);
    expect(told.reference).toBe(`${tickets[0]!.id}`);
    await drop(id);
  });
});

test('no secret, no text and no address is in any history', async () => {
  const { id } = await hook({ findings: { kinds: ['reauth-required'] } }, receiver.url);
  await openFinding('of a secret customer');
  await minute();
  await until(id, 'delivered');
  let read = 0;
  for await (const { workflowId } of stack.temporal.workflow.list()) {
    const history = JSON.stringify(
      await stack.temporal.workflow.getHandle(workflowId).fetchHistory(),
      (_, value) => (value?.type === 'Buffer' ? Buffer.from(value.data).toString() : value),
    );
    for (const text of ['whsec_', 'secret customer', 'desk@example.com', 'mail-password', receiver.url])
      expect(history, workflowId).not.toContain(text);
    read++;
  }
  expect(read).toBeGreaterThan(5);
  await drop(id);
});
