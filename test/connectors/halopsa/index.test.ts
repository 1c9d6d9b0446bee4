import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PushDestination } from '../../../connectors/contract.ts';
import { definition, type HaloSettings } from '../../../connectors/halopsa/definition.ts';
import { halopsa } from '../../../connectors/halopsa/index.ts';
import { Failure } from '../../../domain/failure.ts';
import { type HaloOptions, startHaloPsa } from '../../../simulators/halopsa/server.ts';
import { contextOf } from '../context.ts';
import { acceptance, fields, type Quirk, type Running } from '../destination.acceptance.ts';

const plain: Partial<HaloOptions> = {
  links: 'keep',
  notes: 'keep',
  pageCap: 100,
  replyShape: 'object-or-array',
  moneyPlaces: 6,
  agentVisibility: 'all',
  agentShape: 'results',
  callsPerFiveMinutes: 100_000,
};
const quirks: Record<Quirk, Partial<HaloOptions>> = {
  'reply-array': { replyShape: 'always-array' },
  'reply-envelope': { replyShape: 'envelope' },
  'reply-first-only': { replyShape: 'first-only' },
  'links-dropped': { links: 'drop' },
  'notes-dropped': { notes: 'drop' },
  'pages-of-30': { pageCap: 30 },
  'money-of-4-places': { moneyPlaces: 4 },
};

const credentials = { clientId: 'halo-demo', clientSecret: 'halo-demo-secret' };

/** Tokens as the activities keep them: one until it is refused. */
function keeper(settings: unknown) {
  let kept: string | null = null;
  return async (options?: { insteadOf?: string }) => {
    if (kept === null || options?.insteadOf === kept) {
      const parsed = definition.settings.parse(settings);
      kept = (await halopsa.exchange!(contextOf({ settings: parsed, credentials }))).accessToken;
    }
    return kept;
  };
}

async function start(options: Partial<HaloOptions> = {}) {
  const sim = await startHaloPsa({ ...plain, ...options });
  const settings = { baseUrl: sim.url };
  return { sim, settings, parts: { settings, credentials, token: keeper(settings) } };
}

const exception = (Message: string) => ({
  ClassName: 'System.Exception',
  Message,
  Data: null,
  InnerException: null,
  StackTraceString: '   at NetHelpDesk.Faults.Post(Object o) in D:\\a\\Licence.cs:line 12',
  HResult: -2146233088,
});

acceptance({
  destination: halopsa as unknown as PushDestination,
  start: async ({ clients }): Promise<Running> => {
    const { sim, parts } = await start({ customers: clients });
    return {
      sim,
      parts,
      refused: { credentials: { ...credentials, clientSecret: 'not-this-one' } },
      settingsAt: (baseUrl) => ({ baseUrl }),
      identity: 'demo|4711',
      secrets: [credentials.clientSecret, 'not-this-one'],
      ids: (kind) => Array.from(sim.state[kind].rows.keys(), String),
      kept: (kind, id) => ({ ...sim.state[kind].rows.get(Number(id)) }),
      topLevelId: '12',
      paths: {
        clients: '^/api/Client\\?',
        licences: '^/api/SoftwareLicence\\?',
        links: '^/api/ExternalLink\\?',
      },
      page: (kind, rows) => ({ [kind]: rows }),
      set: (quirk) => void Object.assign(sim.state.options, quirks[quirk]),
      plain: () => void Object.assign(sim.state.options, plain),
      refusals: [
        {
          name: 'field errors',
          body: {
            '[0].count': [
              "Could not convert string to integer: Ada Holt. Path '[0].count', line 1, position 139.",
            ],
          },
          says: 'record 1 count: Could not convert string to integer.',
          never: 'Ada Holt',
        },
        {
          name: 'a string',
          body: '"Licence Name must not be blank"',
          says: 'Licence Name must not be blank',
        },
        { name: 'an array', body: ['Name must be unique'], says: 'Name must be unique' },
        {
          name: 'a .NET exception',
          body: exception('Client 12 does not exist\r\n   at NetHelpDesk.Faults.Post(Object o)'),
          says: 'Client 12 does not exist',
          never: 'NetHelpDesk',
        },
        {
          name: 'a database error',
          body: exception(
            "A database error occurred (515) - Cannot insert the value NULL into column 'LArea', table 'dbo.Licence'",
          ),
          says: 'a database error (515)',
          never: 'LArea',
        },
        { name: 'an empty body', body: undefined, says: 'without a reason' },
      ],
    };
  },
});

describe('HaloPSA', () => {
  let run: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    run = await start({ customers: 12 });
  });
  afterEach(() => {
    run.sim.faults.clear();
    Object.assign(run.sim.state.options, plain, { tenant: 'demo', scope: 'all', requireTenant: false });
  });
  afterAll(() => run.sim.close());

  const context = (change: Partial<HaloSettings> = {}) => {
    const settings = { ...run.settings, ...change };
    return contextOf({
      settings: definition.settings.parse(settings),
      credentials,
      token: keeper(settings),
    });
  };
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => expect.fail('expected a Failure'),
      (reason: Failure) => reason,
    );
  const licence = (clientId: string) => ({
    clientId,
    fields: fields(),
    link: { thirdPartyId: 'S', secondaryId: null, type: 't', description: 'd' },
    marker: null,
  });

  describe('systems check', () => {
    const check = (change: Partial<HaloSettings> = {}) => halopsa.test(context(change));

    it('has seven steps', async () => {
      const { steps } = await check({ tenant: 'demo' });
      expect(steps.map((step) => step.name)).toEqual([
        'HaloPSA is reachable',
        'Token',
        'Agent',
        'Agents visible',
        'Clients',
        'Licences',
        'Top levels',
      ]);
      expect(steps.map((step) => step.message).join('\n')).toMatch(
        /2\.236\.133.*scopes all.*Integration Api \(6\).*\d+ other agents.*\d+ active clients.*3 top levels/s,
      );
    });

    it('explains an empty agent list, in both shapes', async () => {
      for (const agentShape of ['results', 'array'] as const) {
        Object.assign(run.sim.state.options, { agentVisibility: 'none', agentShape });
        const { steps } = await check();
        expect(steps[3]).toMatchObject({ state: 'warning', message: expect.stringMatching(/default team/) });
        expect(steps.slice(4).every((step) => step.state === 'passed')).toBe(true);
      }
    });

    it('names a wrong tenant, and the right one', async () => {
      const { steps } = await check({ tenant: 'wrong' });
      expect(steps[1]).toMatchObject({ state: 'failed', message: expect.stringMatching(/wrong tenant/) });
      expect(steps[1]!.message).toMatch(/its tenant is demo/);
      expect(steps.slice(2).every((step) => step.state === 'skipped')).toBe(true);
    });

    it('names scopes that are missing', async () => {
      run.sim.state.options.scope = 'read:customers edit:customers read:softwarelicensing';
      const { steps } = await check();
      expect(steps[1]).toMatchObject({
        state: 'warning',
        message: expect.stringMatching(/Missing for imports: edit:softwarelicensing/),
      });
      run.sim.state.options.scope = 'read:softwarelicensing';
      const again = await check();
      expect(again.steps.map((step) => step.state)).toEqual([
        'passed',
        'warning',
        'passed',
        'passed',
        'failed',
        'passed',
        'failed',
      ]);
    });

    it('continues without InstanceInfo', async () => {
      run.sim.faults.add({ path: 'InstanceInfo', act: { do: 'respond', status: 404 } });
      const { steps, identity } = await check();
      expect(steps[0]!.state).toBe('warning');
      expect(steps[1]!.state).toBe('passed');
      expect(identity).toBeNull();
    });

    it('stops where the rate limit stops it', async () => {
      run.sim.faults.add({ path: '/api/Client', act: { do: 'respond', status: 429 } });
      const { steps } = await check();
      expect(steps.slice(4).map((step) => step.state)).toEqual(['failed', 'skipped', 'skipped']);
    });
  });

  describe('token', () => {
    const exchange = (change: Partial<HaloSettings> = {}) => halopsa.exchange!(context(change));

    it('does not retry a wrong tenant like an outage if HaloPSA names another', async () => {
      await expect(exchange({ tenant: 'wrong' })).rejects.toMatchObject({
        kind: 'invalid',
        retryable: false,
        details: { status: 500, remedy: expect.stringMatching(/its tenant is demo/) },
      });
      run.sim.faults.add({ path: '/auth/token', act: { do: 'respond', status: 500 } });
      await expect(exchange({ tenant: 'Demo' })).rejects.toMatchObject({
        kind: 'unavailable',
        retryable: true,
      });
    });

    it('asks where HaloPSA says, for the tenant it says, once', async () => {
      const other = await start({ customers: 1, requireTenant: true });
      const parsed = definition.settings.parse(other.settings);
      const at = contextOf({ settings: parsed, credentials });
      expect(await halopsa.exchange!(at)).toMatchObject({ expiresInSeconds: 3600, scope: 'all' });
      await halopsa.exchange!(at);
      expect(other.sim.requests.map(({ path, query }) => `${path}?${query}`)).toEqual([
        '/api/authinfo?',
        '/auth/token?tenant=demo',
        '/auth/token?tenant=demo',
      ]);
      await other.sim.close();
    });

    it('falls back to /auth/token, or takes the URL it is given', async () => {
      const other = await start({ customers: 1 });
      const settings = (more = {}) => definition.settings.parse({ ...other.settings, ...more });
      other.sim.faults.add({ path: 'authinfo', act: { do: 'respond', status: 404 } });
      await halopsa.exchange!(contextOf({ settings: settings(), credentials }));
      const tokenUrl = `${other.sim.url}/auth/token`;
      await halopsa.exchange!(contextOf({ settings: settings({ tokenUrl, tenant: 'demo' }), credentials }));
      expect(other.sim.requests.slice(1).map(({ path, query }) => `${path}?${query}`)).toEqual([
        '/auth/token?',
        '/auth/token?tenant=demo',
      ]);
      await other.sim.close();
    });

    it.each([
      [401, { error: 'invalid_client', error_description: 'Nope.' }, 'unauthorised'],
      [400, { error: 'invalid_client' }, 'unauthorised'],
      [401, undefined, 'unauthorised'],
      [400, { error: 'invalid_scope' }, 'forbidden'],
      [404, undefined, 'not-found'],
      [
        429,
        { error: 'Rate Limit ConnectionSession - 300 Requests per rolling 5 minute window' },
        'rate-limited',
      ],
      [500, undefined, 'unavailable'],
      [200, { token_type: 'Bearer' }, 'bad-answer'],
      [200, undefined, 'bad-answer'],
    ] as const)('translates %s %j', async (status, body, kind) => {
      run.sim.faults.add({ path: '^/auth/token', act: { do: 'respond', status, body } });
      const said = await failure(exchange());
      expect(said).toBeInstanceOf(Failure);
      expect(said.kind).toBe(kind);
      expect(said.details.remedy).toMatch(/\w/);
    });
  });

  it('says so when HaloPSA ignores a filter or repeats a page', async () => {
    const [client] = await halopsa.createClient(context() as never, {
      name: 'Filter Ltd',
      topLevelId: null,
      address: null,
      phone: null,
      domain: null,
      link: { thirdPartyId: 'F-1', secondaryId: null, type: 'ours', description: '' },
      marker: null,
    });
    const clientId = client!.id;
    await halopsa.createLicences(context() as never, [licence(clientId)]);
    const [row] = await halopsa.licencesOf(context() as never, clientId);
    const links = [
      { id: 1, halo_id: 710, third_party_id: 'F-1', third_party_type: 'ours' },
      { id: 2, halo_id: 711, third_party_id: 'F-2', third_party_type: 'ours' },
      { id: 3, halo_id: 712, third_party_id: 'F-1', third_party_type: 'theirs' },
      { id: 4, halo_id: null, third_party_id: null },
    ];
    const respond = (path: string, body: object, times = 1) =>
      run.sim.faults.add({ path, times, act: { do: 'respond', status: 200, body } });
    respond('ExternalLink', { record_count: 4, links });
    expect((await halopsa.linksOf(context() as never, 'F-1', 'ours')).map(({ id }) => id)).toEqual(['1']);
    const licences = [1, 2].map((n) => ({ id: 9000 + n, client_id: n, name: 'x', notes: '' }));
    respond('SoftwareLicence', { record_count: 2, licences });
    expect((await halopsa.licencesOf(context() as never, '2')).map(({ id }) => id)).toEqual(['9002']);
    respond('ExternalLink', { record_count: 9, links }, 2);
    expect((await failure(halopsa.linksOf(context() as never, 'F-1', null))).kind).toBe('bad-answer');
    expect(row?.clientId).toBe(clientId);
  });

  it('lists the newest licences, and says nothing where the list is in another order', async () => {
    const newest = (floor: string | null, pages = 3) =>
      halopsa.newestLicences(context() as never, floor, pages);
    const [client] = await halopsa.clientsNamed(context() as never, 'Filter Ltd');
    const before = await newest(null);
    const floor = before!.map(({ id }) => Number(id)).sort((a, b) => b - a)[0]!;
    const made = await halopsa.createLicences(context() as never, [licence(client!.id), licence(client!.id)]);
    const ids = (rows: { id: string }[] | null) => rows?.map(({ id }) => id).sort();
    expect(ids(await newest(`${floor}`))).toEqual(ids(made));
    const answers = (count: number, ...ids: (number | null)[]) =>
      run.sim.faults.add({
        path: 'orderdesc=true',
        act: {
          do: 'respond',
          status: 200,
          body: { record_count: count, licences: ids.map((id) => ({ id, client_id: 1, name: 'x' })) },
        },
      });
    answers(900, 99, 98, 97);
    expect(ids(await newest('97'))).toEqual(['98', '99']);
    answers(900, 99, 98);
    answers(900, 97, 96);
    expect(ids(await newest('96'))).toEqual(['97', '98', '99']);
    // All there are, in whatever order.
    answers(2, 98, 99);
    expect(ids(await newest('98'))).toEqual(['99']);
    const silent: [string, number[][]][] = [
      ['ascending', [[1, 2, 3]]],
      ['one of many', [[99]]],
      ['shifted by a new row', [[99, 98], [98, 97]]],
      ['longer than asked for', [[99, 98], [97, 96], [95, 94]]],
      ['ended early', [[99, 98], []]],
    ]; // biome-ignore format: a table
    for (const [why, pages] of silent) {
      for (const page of pages) answers(900, ...page);
      expect(await newest('5'), why).toBeNull();
      run.sim.faults.clear();
    }
    answers(900, 99, null, 97);
    expect(await newest('98')).toBeNull();
  });

  it('reads thin rows whole only for their marker', async () => {
    const reads = () => run.sim.requests.filter(({ path }) => /SoftwareLicence\/\d+$/.test(path)).length;
    const [client] = await halopsa.clientsNamed(context() as never, 'Filter Ltd');
    const before = reads();
    await halopsa.licencesOf(context() as never, client!.id);
    expect(reads()).toBe(before);
    run.sim.state.options.links = 'drop';
    await halopsa.createLicences(context() as never, [{ ...licence(client!.id), marker: '[tributary t S]' }]);
    const read = await halopsa.licencesOf(context() as never, client!.id);
    expect(read.map((row) => row.marker).filter(Boolean)).toEqual(['[tributary t S]']);
    expect(reads()).toBe(before + 1);
  });

  it('tells a gateway from a record that is gone, and takes wrapped single records', async () => {
    const respond = (status: number, body: unknown) =>
      run.sim.faults.add({ path: 'SoftwareLicence/7', act: { do: 'respond', status, body } });
    for (const body of [
      '<html>No such site</html>',
      'default backend - 404',
      { message: 'no Route matched' },
    ]) {
      respond(404, body);
      expect((await failure(halopsa.licence(context() as never, '7'))).kind).toBe('intermediary');
    }
    respond(404, undefined);
    expect(await halopsa.licence(context() as never, '7')).toBeNull();
    respond(200, { record_count: 1, licences: [{ id: 7, client_id: 39, name: 'Wrapped' }] });
    expect(await halopsa.licence(context() as never, '7')).toMatchObject({ id: '7', name: 'Wrapped' });
    respond(200, { id: 8, client_id: 39, name: 'Another' });
    expect((await failure(halopsa.licence(context() as never, '7'))).kind).toBe('bad-answer');
  });

  it('sends a whole address, with its id and the country on the site', async () => {
    const [client] = await halopsa.clientsNamed(context() as never, 'Filter Ltd');
    const siteId = client!.mainSiteId!;
    type Site = { delivery_address: { id: number } };
    const address = {
      line1: '2 New St',
      line2: null,
      city: 'Leeds',
      state: null,
      postcode: 'LS1 2BB',
      country: 'GB',
    };
    await halopsa.updateSiteAddress(context() as never, { clientId: client!.id, siteId, address });
    const first = run.sim.state.sites.rows.get(Number(siteId)) as unknown as Site;
    expect(first).toMatchObject({
      country_code: 'GB',
      delivery_address: { line1: '2 New St', line3: 'Leeds' },
    });
    const moved = { ...address, line1: '3 New St' };
    await halopsa.updateSiteAddress(context() as never, { clientId: client!.id, siteId, address: moved });
    const second = run.sim.state.sites.rows.get(Number(siteId)) as unknown as Site;
    expect(second.delivery_address).toMatchObject({ id: first.delivery_address.id });
    const stolen = halopsa.updateSiteAddress(context() as never, { clientId: '999', siteId, address });
    expect((await failure(stolen)).kind).toBe('invalid');
  });
});
