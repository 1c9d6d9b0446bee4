import { describe, expect, test } from 'vitest';
import { openCredentials } from '../../security/token.ts';
import { arrowsphere, halopsa, installation, pair, secret } from './installation.ts';

describe('connections', () => {
  const it = installation();

  const stored = async (id: string) => {
    const [row] = await it.db.sql`select credentials from connections where id = ${id}`;
    return row!.credentials === null ? null : openCredentials(it.deps.ring, id, row!.credentials);
  };

  test('kinds say what they need, secrets marked', async () => {
    const { items } = (await it.call('GET', '/v1/connectors')).body;
    const halo = items.find((item: { kind: string }) => item.kind === 'halopsa');
    expect(halo).toMatchObject({
      role: 'destination',
      flow: 'push',
      settings: { type: 'object', required: ['baseUrl'] },
    });
    // What a form shows beside an empty field.
    const ion = items.find((item: { kind: string }) => item.kind === 'streamone-ion');
    expect(ion.settings.properties.baseUrl.default).toBe('https://ion.tdsynnex.com');
    expect(halo.credentials.properties.clientSecret).toMatchObject({ type: 'string', writeOnly: true });
    for (const item of items)
      for (const property of Object.values(item.credentials.properties))
        expect(property).toMatchObject({ writeOnly: true });
  });

  test('are made, read, changed and deleted; credentials are kept sealed and never shown', async () => {
    const made = await it.call('POST', '/v1/connections', arrowsphere('First'));
    expect(made.status).toBe(201);
    expect(made.headers.location).toBe(`/v1/connections/${made.body.id}`);
    expect(made.body).toMatchObject({
      kind: 'arrowsphere',
      role: 'distributor',
      name: 'First',
      identity: null,
      lastTest: null,
      version: 1,
    });
    expect(made.body.settings).toEqual({
      baseUrl: 'http://127.0.0.1:9/api',
      maxInFlight: 4,
      callsPerSecond: 5,
    });
    const path = `/v1/connections/${made.body.id}`;

    const patched = await it.call(
      'PATCH',
      path,
      { name: 'Second', settings: { maxInFlight: 8 }, credentials: {} },
      { 'content-type': 'application/merge-patch+json' },
    );
    expect(patched.body).toMatchObject({
      name: 'Second',
      version: 2,
      settings: { maxInFlight: 8, callsPerSecond: 5 },
    });
    expect(await stored(made.body.id)).toEqual({ apiKey: secret });
    await it.call('PATCH', path, { credentials: { apiKey: 'another-key' }, settings: { maxInFlight: null } });
    const read = await it.call('GET', path);
    expect(read.body).toMatchObject({ version: 3, settings: { maxInFlight: 4 } });
    expect(read.headers.etag).toBe('"3"');
    expect(await stored(made.body.id)).toEqual({ apiKey: 'another-key' });

    const [raw] = await it.db.sql`select * from connections where id = ${made.body.id}`;
    expect(JSON.stringify(raw)).not.toMatch(/another-key/);
    for (const answer of [made, patched, read, await it.call('GET', '/v1/connections')]) {
      expect(answer.text).not.toContain(secret);
      expect(answer.text).not.toContain('another-key');
    }
    expect((await it.call('DELETE', path)).status).toBe(204);
    expect((await it.call('GET', path)).status).toBe(404);
    expect(await stored(made.body.id)).toBeNull();
  });

  test('If-Match keeps two people from overwriting each other', async () => {
    const { body, headers } = await it.call('POST', '/v1/connections', arrowsphere());
    const path = `/v1/connections/${body.id}`;
    const match = { 'if-match': String(headers.etag) };
    expect((await it.call('PATCH', path, { name: 'Mine' }, match)).status).toBe(200);
    const late = await it.call('PATCH', path, { name: 'Theirs' }, match);
    expect([late.status, late.body.type, late.headers.etag]).toEqual([412, '/problems/conflict', '"2"']);
    expect((await it.call('DELETE', path, undefined, match)).status).toBe(412);
    expect((await it.call('PATCH', path, { name: 'Any' }, { 'if-match': '*' })).status).toBe(200);
    expect((await it.call('GET', path)).body.name).toBe('Any');
  });

  test('another host needs the credentials again: none that were entered for the first go there', async () => {
    const made = async (connection: object) => (await it.call('POST', '/v1/connections', connection)).body.id;
    const patch = (id: string, change: object) => it.call('PATCH', `/v1/connections/${id}`, change);
    const elsewhere = 'https://collector.example';
    const arrow = await made(arrowsphere());
    const halo = await made(halopsa());
    const stellr = await made({
      kind: 'streamone-stellr',
      name: 'Stellr',
      settings: { region: 'us' },
      credentials: { clientId: 'client', clientSecret: secret },
    });
    const ion = await made({
      kind: 'streamone-ion',
      name: 'Ion',
      settings: { accountId: '1' },
      credentials: { refreshToken: secret, apiKey: 'the-older-key', apiSecret: secret },
    });
    const cases: [string, object, string][] = [
      [arrow, { baseUrl: elsewhere }, '/credentials/apiKey'],
      [arrow, { baseUrl: 'http://127.0.0.1:10/api' }, '/credentials/apiKey'],
      [halo, { baseUrl: elsewhere }, '/credentials/clientSecret'],
      [halo, { tokenUrl: `${elsewhere}/token` }, '/credentials/clientSecret'],
      [stellr, { baseUrl: elsewhere }, '/credentials/clientSecret'],
      [stellr, { tokenUrl: elsewhere }, '/credentials/clientSecret'],
      [ion, { tokenUrl: elsewhere }, '/credentials/refreshToken'],
      [ion, { baseUrl: elsewhere }, '/credentials/refreshToken'],
    ];
    for (const [id, settings, pointer] of cases)
      for (const change of [{ settings }, { settings, credentials: {} }, { settings, name: 'New' }]) {
        const before = (await it.call('GET', `/v1/connections/${id}`)).text;
        const refused = await patch(id, change);
        expect([refused.status, refused.body.type], refused.text).toEqual([400, '/problems/invalid-request']);
        expect(refused.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
        expect(refused.body.detail).toContain('enter all credentials again');
        expect((await it.call('GET', `/v1/connections/${id}`)).text).toBe(before);
      }
    // Half of them is not all, and what is not named again is dropped.
    const half = await patch(halo, { settings: { baseUrl: elsewhere }, credentials: { clientId: 'client' } });
    expect([half.status, half.body.errors[0].pointer]).toEqual([400, '/credentials/clientSecret']);
    expect(
      (await patch(ion, { settings: { baseUrl: elsewhere }, credentials: { refreshToken: 'n' } })).status,
    ).toBe(200);
    expect(await stored(ion)).toEqual({ refreshToken: 'n' });
    expect(
      (await patch(arrow, { settings: { baseUrl: elsewhere }, credentials: { apiKey: 'k' } })).status,
    ).toBe(200);
    expect(await stored(arrow)).toEqual({ apiKey: 'k' });
    // The same host by another path keeps them.
    expect((await patch(arrow, { settings: { baseUrl: `${elsewhere}/index.php/api` } })).status).toBe(200);
    expect((await patch(halo, { settings: { tenant: 'acme' } })).status).toBe(200);
    expect(await stored(halo)).toEqual({ clientId: 'client', clientSecret: secret });
  });

  test('patches at the same moment all count', async () => {
    const { id } = (await it.call('POST', '/v1/connections', arrowsphere())).body;
    const patches = [
      { name: 'N' },
      { settings: { maxInFlight: 9 } },
      { settings: { callsPerSecond: 7 } },
      { credentials: { apiKey: 'k' } },
    ];
    await Promise.all(patches.map((patch) => it.call('PATCH', `/v1/connections/${id}`, patch)));
    const { body } = await it.call('GET', `/v1/connections/${id}`);
    expect(body).toMatchObject({ name: 'N', version: 5, settings: { maxInFlight: 9, callsPerSecond: 7 } });
    expect(await stored(id)).toEqual({ apiKey: 'k' });
  });

  test('in use, one cannot be deleted; purging takes its ledger along', async () => {
    const { sourceId, integrationId } = await pair(it);
    const refused = await it.call('DELETE', `/v1/connections/${sourceId}`);
    expect([refused.status, refused.body.type]).toEqual([409, '/problems/in-use']);
    expect(refused.body.usedBy).toEqual([{ id: integrationId, name: 'One' }]);
    expect((await it.call('DELETE', `/v1/integrations/${integrationId}`)).status).toBe(204);
    expect((await it.call('DELETE', `/v1/connections/${sourceId}?purge=true`)).status).toBe(204);
    const [left] = await it.db
      .sql`select count(*)::int as n from customers where connection_id = ${sourceId}`;
    expect(left!.n).toBe(0);
  });

  test('lists go page by page without a gap or a repeat', async () => {
    for (let n = 0; n < 5; n++) await it.call('POST', '/v1/connections', halopsa(`Halo ${n}`));
    const all = (await it.call('GET', '/v1/connections?kind=halopsa&limit=200')).body.items;
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { items: { id: string }[]; nextCursor: string | null } = (
        await it.call('GET', `/v1/connections?kind=halopsa&limit=2${cursor && `&cursor=${cursor}`}`)
      ).body;
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(all.map(({ id }: { id: string }) => id));
  });

  test('without a worker, what needs the outside world is refused at once', async () => {
    const { sourceId, destinationId, integrationId } = await pair(it);
    const began = Date.now();
    for (const [method, path] of [
      ['POST', `/v1/connections/${sourceId}/test`],
      ['POST', `/v1/integrations/${integrationId}/mappings/generate`],
      ['GET', `/v1/connections/${destinationId}/clients?refresh=true`],
      ['GET', `/v1/connections/${destinationId}/top-levels?refresh=true`],
    ] as const) {
      const answer = await it.call(method, path);
      expect([answer.status, answer.body.type], path).toEqual([503, '/problems/no-worker']);
    }
    expect(Date.now() - began).toBeLessThan(5_000);
    const read = await it.call('GET', `/v1/connections/${destinationId}/agents`);
    expect(read.body).toEqual({ items: [], nextCursor: null, asOf: null });
  });

  test('a rotating token shows its state and is renewed by its keeper', async () => {
    const ion = {
      kind: 'streamone-ion',
      name: 'Ion',
      settings: { baseUrl: 'http://127.0.0.1:9', accountId: '4711' },
      credentials: { refreshToken: secret },
    };
    const { id } = (await it.call('POST', '/v1/connections', ion)).body;
    expect((await it.call('GET', `/v1/connections/${id}/token`)).body).toEqual({
      state: 'ok', version: 0, accessExpiresAt: null, refreshExpiresAt: null, lastRotatedAt: null,
    }); // biome-ignore format: one line
    expect((await it.call('POST', `/v1/connections/${id}/token/refresh`)).status).toBe(202);
    expect((await it.temporal.workflow.getHandle(`token/${id}`).describe()).type).toBe('tokenKeeper');
    expect((await it.call('DELETE', `/v1/connections/${id}`)).status).toBe(204);
  });

  test('the ledger is searched and paged', async () => {
    const { sourceId, destinationId } = await pair(it);
    const names = async (path: string) =>
      (await it.call('GET', path)).body.items.map(({ name }: { name: string }) => name);
    expect(await names(`/v1/connections/${sourceId}/customers`)).toEqual(['Alpha GmbH', 'Beta Ltd', 'Gamma']);
    expect(await names(`/v1/connections/${sourceId}/customers?search=gmb`)).toEqual(['Alpha GmbH']);
    expect(await names(`/v1/connections/${sourceId}/customers?search=XSP3`)).toEqual(['Gamma']);
    expect(await names(`/v1/connections/${sourceId}/customers?search=%25`)).toEqual([]);
    expect(await names(`/v1/connections/${sourceId}/customers?status=closed`)).toEqual([]);
    expect(await names(`/v1/connections/${destinationId}/clients?search=other`)).toEqual(['Other']);
    const first = (await it.call('GET', `/v1/connections/${sourceId}/customers?limit=2`)).body;
    const rest = await names(`/v1/connections/${sourceId}/customers?limit=2&cursor=${first.nextCursor}`);
    expect(rest).toEqual(['Gamma']);
  });

  test('a collection is opened once and can be followed', async () => {
    const { sourceId } = await pair(it);
    const path = `/v1/connections/${sourceId}/collections`;
    const [one, two] = await Promise.all([1, 2].map(() => it.call('POST', path, { kind: 'customers' })));
    expect([one!.status, two!.status]).toEqual([202, 202]);
    expect(one!.body.id).toBe(two!.body.id);
    expect((await it.call('GET', String(one!.headers.location))).body).toMatchObject({
      state: 'running',
      kind: 'customers',
    });
    expect((await it.call('GET', path)).body.items).toHaveLength(1);
  });
});
