import { beforeAll, describe, expect, test } from 'vitest';
import { installation, type Pair, pair } from './installation.ts';

/** What is replaced as a whole, and by more than one person: nobody's change is lost in silence. */
describe('two people acting', () => {
  const it = installation();
  let of: Pair;
  beforeAll(async () => {
    of = await pair(it);
  });
  const match = (version: unknown) => ({ 'if-match': `"${version}"` });
  const none = { 'if-none-match': '*' };
  const outcome = async (answer: ReturnType<typeof it.call>) => {
    const { status, body } = await answer;
    return status < 300 ? status : [status, body.type];
  };
  const refused = [412, '/problems/conflict'];

  test('at the list of people', async () => {
    const path = `/v1/connections/${of.destinationId}/people`;
    const put = (names: string[], headers: Record<string, string>) =>
      it.call('PUT', path, { items: names.map((name, n) => ({ id: `p${n}`, name })) }, headers);
    const { version } = (await it.call('GET', path)).body;
    const kept = await put(['Ann'], match(version));
    expect([kept.status, kept.headers.etag]).toEqual([200, `"${kept.body.version}"`]);
    expect(await outcome(put(['Bob'], match(version)))).toEqual(refused);
    const csv = { ...match(version), 'content-type': 'text/csv' };
    expect(await outcome(it.call('PUT', path, 'id,name\n1,Bob\n', csv))).toEqual(refused);
    const now = await it.call('GET', path);
    expect([now.headers.etag, now.body.items[0].name]).toEqual([kept.headers.etag, 'Ann']);
    const both = await Promise.all(
      ['C', 'D', 'E'].map((name) => outcome(put([name], match(now.body.version)))),
    );
    expect(both.filter((one) => one === 200)).toHaveLength(1);
  });

  test('at the agents of people', async () => {
    const base = `/v1/connections/${of.destinationId}`;
    await it.db.sql`
      insert into offers (connection_id, kind, items, as_of) values (${of.destinationId}, 'agents',
        ${it.db.sql.json(['1', '2'].map((id) => ({ id, name: `Agent ${id}`, email: null, disabled: false })))}, now())`;
    await it.call('PUT', `${base}/people`, {
      items: [
        { id: 'p0', name: 'Ann' },
        { id: 'p1', name: 'Bob' },
      ],
    });
    const path = `${base}/agent-mappings`;
    const map = (personId: string, agentId: string, version: string) =>
      it.call('PUT', path, { items: [{ personId, agentId }] }, match(version));
    const seen = await it.call('GET', path);
    expect(seen.headers.etag).toBe(`"${seen.body.version}"`);
    expect(await outcome(map('p0', '1', seen.body.version))).toBe(200);
    expect(await outcome(map('p1', '2', seen.body.version))).toEqual(refused);
    const { items, version } = (await it.call('GET', path)).body;
    expect(items.map((one: { agentId: string | null }) => one.agentId)).toEqual(['1', null]);
    expect(await outcome(map('p1', '2', version))).toBe(200);
  });

  test('at a schedule', async () => {
    const path = `/v1/integrations/${of.integrationId}/schedule`;
    const put = (every: string, headers: Record<string, string>) => it.call('PUT', path, { every }, headers);
    expect(await outcome(put('PT6H', match('any')))).toEqual(refused);
    const first = await put('PT6H', none);
    expect([first.status, first.headers.etag]).toEqual([200, `"${first.body.version}"`]);
    expect(await outcome(put('PT1H', none))).toEqual(refused);
    await it.call('POST', `${path}/pause`);
    expect((await it.call('GET', path)).body.version).toBe(first.body.version);
    expect(await outcome(put('PT2H', match(first.body.version)))).toBe(200);
    expect(await outcome(put('PT3H', match(first.body.version)))).toEqual(refused);
    expect(await outcome(it.call('DELETE', path, undefined, match(first.body.version)))).toEqual(refused);
    const { every, version } = (await it.call('GET', path)).body;
    expect(every).toBe('PT2H');
    expect(await outcome(it.call('DELETE', path, undefined, match(version)))).toBe(204);
  });

  test('at the mapping of a customer, and how it is treated', async () => {
    const path = `/v1/integrations/${of.integrationId}/mappings`;
    const put = (body: object, headers: Record<string, string>) =>
      it.call('PUT', `${path}/XSP1`, body, headers);
    const row = async () =>
      (await it.call('GET', path)).body.items.find(
        (one: { customerId: string }) => one.customerId === 'XSP1',
      );
    expect((await row()).version).toBeNull();
    const all = await Promise.all(['11', '12', '13'].map((clientId) => outcome(put({ clientId }, none))));
    expect(all.filter((one) => one === 200)).toHaveLength(1);
    expect(all.filter((one) => one !== 200)).toEqual([refused, refused]);
    const { version } = await row();
    expect(await outcome(put({ create: true }, match(version)))).toBe(200);
    expect(await outcome(put({ clientId: '12' }, match(version)))).toEqual(refused);
    expect(await outcome(it.call('DELETE', `${path}/XSP1`, undefined, match(version)))).toEqual(refused);
    expect(await row()).toMatchObject({ clientId: null, origin: 'manual' });
    expect(await outcome(it.call('DELETE', `${path}/XSP1`, undefined, match((await row()).version)))).toBe(
      204,
    );
    expect(await outcome(it.call('DELETE', `${path}/XSP1`, undefined, match(version)))).toEqual(refused);

    const treat = (mode: string, seen: string) => it.call('PUT', `${path}/XSP1/mode`, { mode }, match(seen));
    expect(await outcome(treat('paused', 'apply'))).toBe(200);
    expect(await outcome(treat('observe', 'apply'))).toEqual(refused);
    expect(await outcome(treat('apply', 'paused'))).toBe(200);
  });

  test('at a table of mappings that was looked at before', async () => {
    const path = `/v1/integrations/${of.integrationId}/mappings`;
    const items = [
      { customerId: 'XSP1', clientId: '11' },
      { customerId: 'XSP2', clientId: '12' },
    ];
    const seen = (await it.call('PUT', path, { items })).body;
    await it.call('PUT', `${path}/XSP2`, { create: true });
    const set = (version: string) => it.call('PUT', `${path}?apply=true`, { items }, match(version));
    expect(await outcome(set(seen.version))).toEqual(refused);
    const again = (await it.call('PUT', path, { items })).body;
    expect(await outcome(set(again.version))).toBe(200);
  });
});
