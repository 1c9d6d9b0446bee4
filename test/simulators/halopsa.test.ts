import { afterEach, describe, expect, it } from 'vitest';
import { writeLicence } from '../../simulators/halopsa/licences.ts';
import { startHaloPsa } from '../../simulators/halopsa/server.ts';
import { createWorld } from '../../simulators/world.ts';

type Started = Awaited<ReturnType<typeof startHaloPsa>>;
// biome-ignore lint/suspicious/noExplicitAny: answers of an outside system, looked into freely
type Loose = any;

let halo: Started;
let bearer = '';
afterEach(() => halo.close());

const form = { grant_type: 'client_credentials', client_id: 'halo-demo', client_secret: 'halo-demo-secret' };
const signIn = (more: Record<string, string> = {}, query = '?tenant=demo', headers = {}) =>
  fetch(`${halo.url}/auth/token${query}`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ ...form, scope: 'all', ...more }),
  });

async function start(options: Parameters<typeof startHaloPsa>[0] = {}, scope = 'all') {
  halo = await startHaloPsa({ customers: 120, ...options });
  bearer = ((await (await signIn({ scope })).json()) as Loose).access_token;
}

async function call(method: string, path: string, text?: string) {
  const answer = await fetch(`${halo.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: text,
  });
  const body = await answer.text();
  return {
    status: answer.status,
    text: body,
    body: (body ? JSON.parse(body) : undefined) as Loose,
    headers: answer.headers,
  };
}
const get = (path: string) => call('GET', path);
const post = (path: string, body: unknown) =>
  call('POST', path, typeof body === 'string' ? body : JSON.stringify(body));
const control = async (name: string, body: unknown = {}): Promise<Loose> =>
  (await fetch(`${halo.url}/__control/do/${name}`, { method: 'POST', body: JSON.stringify(body) })).json();
const addClient = async (name = 'Contoso Ltd') => (await post('/api/Client', [{ name }])).body.id as number;

describe('token', () => {
  it('answers client credentials in the form or as Basic', async () => {
    await start();
    expect(await (await signIn()).json()).toMatchObject({
      scope: 'all',
      token_type: 'Bearer',
      expires_in: 3600,
    });
    const authorization = `Basic ${Buffer.from('halo-demo:halo-demo-secret').toString('base64')}`;
    expect((await signIn({ client_id: 'x', client_secret: 'x' }, '', { authorization })).status).toBe(200);
  });

  it('refuses a wrong secret with a body, a wrong tenant with none, and JSON', async () => {
    await start();
    const wrong = await signIn({ client_secret: 'no' });
    expect([wrong.status, ((await wrong.json()) as Loose).error]).toEqual([401, 'invalid_client']);
    const tenant = await signIn({}, '?tenant=other');
    expect([tenant.status, await tenant.text()]).toEqual([500, '']);
    const json = await fetch(`${halo.url}/auth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(form),
    });
    expect(json.status).toBe(400);
    await control('setOption', { name: 'requireTenant', value: true });
    expect((await signIn({}, '')).status).toBe(500);
  });

  it('is needed, ends, and fixes its scopes', async () => {
    await start({}, 'read:customers');
    expect((await get('/api/Client')).status).toBe(200);
    expect(await get('/api/SoftwareLicence')).toMatchObject({ status: 403, text: '' });
    expect(await post('/api/Client', [{ name: 'x' }])).toMatchObject({ status: 403, text: '' });
    await control('setOption', { name: 'scope', value: 'read:softwarelicensing' });
    expect((await get('/api/Client')).status).toBe(200);
    await control('expireTokens');
    expect(await get('/api/Client')).toMatchObject({ status: 401, text: '' });
    expect((await signIn({ scope: 'read:customers' })).status).toBe(400);
  });

  it('is not needed to see which instance this is', async () => {
    await start({ dbid: 9 });
    bearer = 'none';
    expect((await get('/api/instanceinfo')).body).toMatchObject({ dbid: 9, tenant_id: 'demo' });
    expect((await get('/api/authinfo')).body).toEqual({ auth_url: `${halo.url}/auth`, tenant_id: 'demo' });
    expect((await get('/api/Health')).status).toBe(200);
    expect((await get('/api/Features')).status).toBe(401);
  });
});

describe('lists', () => {
  it('page only with the misspelt parameter, and cap the page', async () => {
    await start({ pageCap: 20 });
    const plain = await get('/api/client?page_no=2&page_size=10');
    expect(plain.body.clients).toHaveLength(50);
    const second = await get('/api/Client?pageinate=true&page_no=2&page_size=10');
    expect(second.body.clients[0].id).toBe(plain.body.clients[10].id);
    expect(second.body.record_count).toBe(plain.body.record_count);
    expect((await get('/api/Client?pageinate=true&page_size=999')).body.clients).toHaveLength(20);
    expect((await get('/api/Client?pageinate=true&page_no=99')).body.clients).toEqual([]);
    expect((await get('/api/Client?count=70')).body.clients).toHaveLength(70);
  });

  it('ignore unknown parameters, hide inactive rows, and refuse bad values', async () => {
    await start();
    const total = (await get('/api/Client?clientid=1')).body.record_count;
    expect((await get('/api/Client?includeinactive=true')).body.record_count).toBeGreaterThan(total);
    expect((await get('/api/Client?toplevel_id=13')).body.record_count).toBeLessThan(total);
    expect((await get('/api/Client?toplevel_id=x')).body).toEqual({
      toplevel_id: ["The value 'x' is not valid."],
    });
    expect((await get('/api/Client/probe')).body).toEqual({ id: ["The value 'probe' is not valid."] });
    expect(await get('/api/Client/99999')).toMatchObject({ status: 404, text: '' });
    expect(await get('/api/Nothing')).toMatchObject({ status: 404, text: '' });
  });

  it('are thin where the single read is whole', async () => {
    await start({ clients: 'none' });
    const { id } = (await post('/api/Client', [{ name: 'A', notes: 'n' }])).body;
    const row = (await get('/api/Client')).body.clients.find((client: Loose) => client.id === id);
    expect(row).not.toHaveProperty('notes');
    expect(row).not.toHaveProperty('external_links');
    expect((await get(`/api/Client/${id}`)).body).not.toHaveProperty('notes');
    expect((await get(`/api/Client/${id}?includedetails=true`)).body).toMatchObject({
      notes: 'n',
      external_links: [],
    });
  });

  it('of agents may be bare, enveloped or empty', async () => {
    await start();
    expect((await get('/api/Agent')).body.results).toHaveLength(3);
    await control('setOption', { name: 'agentShape', value: 'array' });
    expect((await get('/api/Agent')).body).toHaveLength(3);
    await control('setOption', { name: 'agentVisibility', value: 'none' });
    expect((await get('/api/Agent')).body).toEqual([]);
    expect((await get('/api/Agent/me')).body.isapiagent).toBe(true);
  });

  it('know most of the world under exactly its names', async () => {
    await start({ customers: 300, pageCap: 500 });
    const { clients } = (await get('/api/Client?pageinate=true&page_size=500&includeinactive=true')).body;
    const names = new Set(clients.map((client: Loose) => client.name));
    const exact = createWorld({ customers: 300 }).companies.filter(({ name }) => names.has(name)).length;
    expect(exact).toBeGreaterThan(195);
    expect(clients.length - exact).toBeGreaterThan(15);
    expect(clients.length).toBeLessThan(280);
  });
});

describe('clients and sites', () => {
  it('a new client has a main site with its address, and its external link', async () => {
    await start({ clients: 'none' });
    const link = { third_party_id: 'XSP1', third_party_type: 'arrowsphere:A:customer' };
    const made = await post('/api/Client', [
      {
        name: 'Contoso Ltd',
        newclient_sitename: 'HQ',
        newclient_countrycode: 'GB',
        newclient_delivery_address: { line1: '1 High St', line3: 'Leeds', postcode: 'LS1' },
        new_external_link: link,
      },
    ]);
    expect(made.status).toBe(201);
    const site = (await get(`/api/Site/${made.body.main_site_id}?includedetails=true`)).body;
    expect(site).toMatchObject({ name: 'HQ', country_code: 'GB', client_id: made.body.id });
    expect(site.delivery_address).toMatchObject({ line1: '1 High St', line3: 'Leeds' });
    expect((await get('/api/ExternalLink?third_party_id=xsp1')).body.links).toMatchObject([
      { ...link, halo_id: made.body.id },
    ]);
    const sent = { id: site.delivery_address.id, line1: '2 New St' };
    await post('/api/Site', [{ id: site.id, delivery_address: sent }]);
    const after = (await get(`/api/Site/${site.id}?includedetails=true`)).body;
    expect(after.delivery_address).toMatchObject({ line1: '2 New St', line3: '', id: sent.id });
    expect(after.name).toBe('HQ');
  });

  it('drop links in silence when told to, and leave orphans when asked', async () => {
    await start({ clients: 'none', links: 'drop' });
    await post('/api/Client', [{ name: 'A', new_external_link: { third_party_id: 'U' } }]);
    expect((await get('/api/ExternalLink')).body.record_count).toBe(0);
    await control('setOption', { name: 'links', value: 'keep' });
    const { id } = await control('addClient', { name: 'B', new_external_link: { third_party_id: 'U' } });
    await control('removeClient', { id, keepLinks: true });
    expect((await get(`/api/Client/${id}`)).status).toBe(404);
    expect((await get('/api/ExternalLink?third_party_id=U')).body.links[0].halo_id).toBe(id);
    expect(await control('removeClient', { id })).toHaveProperty('error');
  });
});

describe('licences', () => {
  const base = { type: 1, name: 'M365', count: 3, status: 'Active' };

  it('are added, merged into and counted as writes only when something changed', async () => {
    await start({ clients: 'none' });
    const client_id = await addClient();
    const made = await post('/api/SoftwareLicence', [
      {
        ...base,
        client_id,
        purchase_price: 1.83335,
        end_date: '2026-12-31',
        new_external_link: { third_party_id: 'S1' },
      },
    ]);
    expect(made.body).toMatchObject({
      purchase_price: 1.8334,
      start_date: '1901-01-01T00:00:00',
      end_date: '2026-12-31T00:00:00',
      site_id: -1,
      is_active: true,
    });
    const { id, external_link_id } = made.body;
    expect((await get(`/api/ExternalLink/${external_link_id}`)).body).toMatchObject({ halo_id: id });
    const { writes } = await control('counts');
    expect((await post('/api/SoftwareLicence', [{ id, count: 3 }])).status).toBe(201);
    expect((await control('counts')).writes).toBe(writes);
    expect((await post('/api/SoftwareLicence', [{ id, count: 4.5 }])).body).toMatchObject({
      count: 4.5,
      name: 'M365',
      external_link_id,
    });
    expect((await control('counts')).writes).toBe(writes + 1);
    expect(await post('/api/SoftwareLicence', [{ id: 99999, count: 1 }])).toMatchObject({ status: 404 });
  });

  it('are hidden when inactive, and only marked when deleted', async () => {
    await start({ clients: 'none' });
    const client_id = await addClient();
    const { id } = (await post('/api/SoftwareLicence', [{ ...base, client_id }])).body;
    await post('/api/SoftwareLicence', [{ id, is_active: false }]);
    const path = `/api/SoftwareLicence?client_id=${client_id}`;
    expect((await get(path)).body).toEqual({ record_count: 0, licences: [] });
    expect((await get(`${path}&includeinactive=true`)).body.licences[0]).not.toHaveProperty('notes');
    expect((await call('DELETE', `/api/SoftwareLicence/${id}`)).status).toBe(204);
    expect((await get(`/api/SoftwareLicence/${id}`)).body.deleted).toBe(true);
    await control('removeLicence', { id });
    expect(await get(`/api/SoftwareLicence/${id}`)).toMatchObject({ status: 404, text: '' });
  });

  it('are refused in four shapes', async () => {
    await start({ clients: 'none', maxArray: 2 });
    const client_id = await addClient();
    const send = async (body: unknown) => {
      const { status, body: answer } = await post('/api/SoftwareLicence', body);
      expect(status).toBe(400);
      return answer;
    };
    expect((await send([{ ...base, client_id: 'abc' }]))['[0].client_id'][0]).toContain(
      'Could not convert string to integer: abc',
    );
    const floats = `[{"name":"say \\"95.0\\"","client_id":${client_id}.0}]`;
    expect((await send(floats))['[0].client_id'][0]).toContain(`'${client_id}.0'`);
    expect(await send([{ ...base, client_id, product_sku: 5 }])).toHaveProperty('[0].product_sku');
    expect(await send({ ...base, client_id })).toHaveProperty(['']);
    expect(await send('{broken')).toHaveProperty(['']);
    expect(await send([{ client_id }])).toBe('Licence name must not be blank');
    expect(await send([base, base, base])).toContain('at most 2');
    expect((await send([{ ...base, client_id: 99999 }])).ClassName).toBe('System.Exception');
    expect((await send([{ ...base, client_id, status: 'x'.repeat(101) }])).Message).toMatch(
      /^A database error occurred \(2628\) .*'status'/,
    );
    expect((await send([{ ...base, client_id, name: 'x'.repeat(501) }])).Message).toContain("'name'");
    expect((await send([base])).Message).toContain('(515)');
    expect((await control('counts')).licences).toBe(0);
  });

  it('answer several in the chosen shape', async () => {
    await start({ clients: 'none' });
    const client_id = await addClient();
    const two = ['a', 'b'].map((name) => ({ ...base, name, client_id }));
    const names = async (shape: string, body: unknown) => {
      await control('setOption', { name: 'replyShape', value: shape });
      return (await post('/api/SoftwareLicence', body)).body;
    };
    expect(await names('object-or-array', two)).toMatchObject([{ name: 'a' }, { name: 'b' }]);
    expect(await names('shuffled', two)).toMatchObject([{ name: 'b' }, { name: 'a' }]);
    expect(await names('first-only', two)).toMatchObject({ name: 'a' });
    expect(await names('envelope', two)).toMatchObject({ licences: [{ name: 'a' }, { name: 'b' }] });
    expect(await names('always-array', two.slice(1))).toMatchObject([{ name: 'b' }]);
    expect((await control('counts')).licences).toBe(9);
  });

  it('keep nothing, or the good ones, beside a bad one', async () => {
    await start({ clients: 'none' });
    const client_id = await addClient();
    const mixed = [
      { ...base, client_id },
      { ...base, client_id: 99999 },
      { ...base, client_id },
    ];
    expect((await post('/api/SoftwareLicence', mixed)).status).toBe(400);
    expect((await control('counts')).licences).toBe(0);
    await control('setOption', { name: 'partialBatch', value: 'keep-good' });
    expect((await post('/api/SoftwareLicence', mixed)).status).toBe(400);
    expect((await control('counts')).licences).toBe(2);
  });

  it('stay quick by the hundred thousand', async () => {
    await start({ clients: 'none' });
    const [client_id, other] = [await addClient(), await addClient('Other')];
    for (let n = 0; n < 100_000; n++) writeLicence(halo.state, { ...base, client_id }, undefined);
    const begun = performance.now();
    for (let page = 1; page <= 100; page++)
      await get(`/api/SoftwareLicence?pageinate=true&page_size=100&page_no=${page * 10}`);
    for (let n = 0; n < 20; n++) await post('/api/SoftwareLicence', [{ ...base, client_id: other }]);
    expect((await get(`/api/SoftwareLicence?client_id=${other}`)).body.record_count).toBe(20);
    // Seconds on a free machine; a search through all rows for each call takes minutes.
    expect(performance.now() - begun).toBeLessThan(60_000);
  });
});

describe('rate limit', () => {
  it('counts every request of the host in a sliding window', async () => {
    await start({ callsPerFiveMinutes: 3, windowMs: 300 });
    bearer = 'none';
    await get('/api/authinfo');
    await get('/api/Nothing');
    const refused = await signIn();
    expect(refused.status).toBe(429);
    expect(await refused.json()).toEqual({
      error: 'Rate Limit ConnectionSession - 3 Requests per rolling 5 minute window',
    });
    expect(refused.headers.get('retry-after')).toBeNull();
    await control('setOption', { name: 'retryAfter', value: 7 });
    expect((await get('/api/Client')).headers.get('retry-after')).toBe('7');
    expect((await control('counts')).rejected429).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 320));
    expect((await signIn()).status).toBe(200);
  });
});
