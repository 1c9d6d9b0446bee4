import { describe, expect, test } from 'vitest';
import { buildApp } from '../../api/app.ts';
import { call as ask, halopsa, installation } from './installation.ts';

const it = installation();
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=';
const webhook = { name: 'Pager', channel: 'webhook', settings: { url: 'https://hooks.example/in?team=7' } };
const email = {
  name: 'Desk',
  channel: 'email',
  settings: { host: 'mail.example', from: 'tributary@example.com', to: ['desk@example.com'] },
  credentials: { user: 'tributary', password: 'mail-password-4711' },
};
const make = async (body: object) => {
  const answer = await it.call('POST', '/v1/notifications', body);
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
};

describe('channels for notices', () => {
  test('are made, read, changed and deleted; their secrets never come back', async () => {
    const rules = { findings: { severity: 'critical' }, failures: { after: 3 }, silence: { hours: 26 } };
    const made = await make({ ...webhook, credentials: { secret }, rules });
    expect(made).toMatchObject({
      name: 'Pager',
      channel: 'webhook',
      rules,
      enabled: true,
      last: null,
      version: 1,
    });
    const mail = await make(email);
    expect(mail.settings).toMatchObject({ port: 587, security: 'starttls' });

    const list = await it.call('GET', '/v1/notifications');
    expect(list.body.items.map(({ id }: { id: string }) => id)).toEqual([made.id, mail.id]);
    const one = await it.call('GET', `/v1/notifications/${made.id}`);
    expect(one.body).toEqual(list.body.items[0]);

    const changed = await it.call('PATCH', `/v1/notifications/${mail.id}`, {
      name: 'Service desk',
      settings: { to: ['a@example.com', 'b@example.com'] },
      rules: { digest: { at: '08:00', timeZone: 'Europe/Berlin' } },
    });
    expect(changed.body).toMatchObject({
      name: 'Service desk',
      version: 2,
      settings: { host: 'mail.example', to: ['a@example.com', 'b@example.com'] },
      rules: { digest: { at: '08:00' } },
    });
    const stale = await it.call(
      'PATCH',
      `/v1/notifications/${mail.id}`,
      { enabled: false },
      { 'if-match': '"1"' },
    );
    expect(stale.status).toBe(412);

    expect((await it.call('DELETE', `/v1/notifications/${made.id}`)).status).toBe(204);
    expect((await it.call('GET', `/v1/notifications/${made.id}`)).status).toBe(404);

    const audit = await it.call('GET', '/v1/audit?limit=200');
    const actions = audit.body.items.map(({ action }: { action: string }) => action);
    expect(actions).toEqual(
      expect.arrayContaining(['notification.create', 'notification.update', 'notification.delete']),
    );
    for (const answer of [list, one, changed, audit]) {
      expect(answer.text).not.toContain('whsec_');
      expect(answer.text).not.toContain('mail-password-4711');
    }
    // Some put a key into the query of a webhook's URL.
    expect(audit.text).not.toContain('team=7');
    const rows = await it.db.sql`select credentials from notice_channels`;
    expect(JSON.stringify(rows)).not.toContain('mail-password');
  });

  test('a webhook without a secret is given one, shown once', async () => {
    const made = await make(webhook);
    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect((await it.call('GET', `/v1/notifications/${made.id}`)).text).not.toContain('whsec_');
    const taken = await it.call('PATCH', `/v1/notifications/${made.id}`, { credentials: { secret: null } });
    expect(taken.body.errors).toEqual([
      { pointer: '/credentials/secret', detail: 'a webhook needs a secret' },
    ]);
  });

  test('a password goes to no other mail server than it was entered for', async () => {
    const { id } = await make(email);
    const move = { settings: { host: 'other.example' } };
    const refused = await it.call('PATCH', `/v1/notifications/${id}`, move);
    expect(refused.body.errors[0].pointer).toBe('/credentials/password');
    const again = { ...move, credentials: { password: 'another-password' } };
    expect((await it.call('PATCH', `/v1/notifications/${id}`, again)).status).toBe(200);
  });

  test('what is wrong is named by field', async () => {
    const errors = async (body: object) =>
      (await it.call('POST', '/v1/notifications', body)).body.errors?.map(
        ({ pointer }: { pointer: string }) => pointer,
      );
    expect(await errors({ ...webhook, settings: { url: 'ftp://x.example' } })).toEqual(['/settings/url']);
    expect(await errors({ ...webhook, settings: { url: 'https://user:pw@x.example/' } })).toEqual([
      '/settings/url',
    ]);
    expect(await errors({ ...webhook, credentials: { secret: 'short' } })).toEqual(['/credentials/secret']);
    expect(await errors({ ...webhook, settings: { ...webhook.settings, colour: 1 } })).toEqual([
      '/settings/colour',
    ]);
    expect(await errors({ ...email, settings: { ...email.settings, to: ['nobody'] } })).toEqual([
      '/settings/to/0',
    ]);
    expect(await errors({ ...webhook, rules: { findings: { kinds: ['no-such-kind'] } } })).toEqual([
      '/rules/findings/kinds/0',
    ]);
    expect(
      await errors({ ...webhook, rules: { digest: { at: '25:00', timeZone: 'Europe/Berlin' } } }),
    ).toEqual(['/rules/digest/at']);
    expect(await errors({ ...webhook, channel: 'pigeon' })).toEqual(['/channel']);
    const arrow = (
      await it.call('POST', '/v1/connections', {
        ...halopsa(),
        kind: 'arrowsphere',
        settings: { baseUrl: 'http://127.0.0.1:9' },
        credentials: { apiKey: 'k' },
      })
    ).body;
    const ticket = {
      name: 'Tickets',
      channel: 'halo-ticket',
      settings: { connectionId: arrow.id, clientId: '12' },
    };
    expect(await errors(ticket)).toEqual(['/settings/connectionId']);
  });

  test('a target inside the network is refused unless that is allowed', async () => {
    const app = await buildApp({
      ...it.deps,
      environment: { ...it.deps.environment, allowPrivateTargets: false },
    });
    try {
      const errors = async (body: object) =>
        (await ask(app, it.key, 'POST', '/v1/notifications', body)).body.errors?.[0]?.pointer;
      for (const url of [
        'http://hooks.example/',
        'https://127.0.0.1/',
        'https://10.1.2.3/x',
        'https://[::1]/',
        'https://localhost/',
        'https://169.254.169.254/latest',
      ])
        expect(await errors({ ...webhook, settings: { url } }), url).toBe('/settings/url');
      for (const host of ['localhost', '127.0.0.1', '10.0.0.5', '::1'])
        expect(await errors({ ...email, settings: { ...email.settings, host } }), host).toBe(
          '/settings/host',
        );
      expect(await errors(webhook)).toBeUndefined();
    } finally {
      await app.close();
    }
  });

  test('a connection that tickets go through is in use', async () => {
    const { id: connectionId } = (await it.call('POST', '/v1/connections', halopsa('Tickets'))).body;
    const { id } = await make({
      name: 'Board',
      channel: 'halo-ticket',
      settings: { connectionId, clientId: '12' },
    });
    const refused = await it.call('DELETE', `/v1/connections/${connectionId}`);
    expect(refused.status).toBe(409);
    expect(refused.body.usedBy).toEqual([{ id, name: 'Board' }]);
    await it.call('DELETE', `/v1/notifications/${id}`);
    expect((await it.call('DELETE', `/v1/connections/${connectionId}`)).status).toBe(204);
  });

  test('without a worker a test says so at once, and no notice goes out later', async () => {
    const { id } = await make(webhook);
    expect((await it.call('POST', `/v1/notifications/${id}/test`)).status).toBe(503);
    const { items } = (await it.call('GET', `/v1/notifications/${id}/deliveries`)).body;
    expect(items.every(({ kind }: { kind: string }) => kind === 'test')).toBe(true);
  });
});
