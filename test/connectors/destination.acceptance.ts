import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Listing, ListPage, NewLicence, PushDestination, Unread } from '../../connectors/contract.ts';
import { Failure, type FailureKind } from '../../domain/failure.ts';
import { type LicenceFields, marker } from '../../domain/licence.ts';
import type { Fault, Simulator } from '../../simulators/harness.ts';
import { type ContextParts, contextOf } from './context.ts';

/** What an upstream may do differently from one installation to the next, and a connector must survive. */
export type Quirk =
  | 'reply-array'
  | 'reply-envelope'
  | 'reply-first-only'
  | 'links-dropped'
  | 'notes-dropped'
  | 'pages-of-30'
  | 'money-of-4-places';

type Kind = 'clients' | 'licences' | 'links';

/** A push destination beside the simulator of its upstream. */
export interface Target {
  destination: PushDestination;
  /** A simulator with about so many clients, and none of our licences. */
  start(size: { clients: number }): Promise<Running>;
}

export interface Running {
  sim: Pick<Simulator<unknown>, 'url' | 'faults' | 'requests' | 'close'>;
  parts: ContextParts;
  /** What to replace so that the upstream refuses the credentials. */
  refused: Partial<ContextParts>;
  settingsAt(baseUrl: string): unknown;
  identity: string;
  /** Texts no Failure or test step may hold; the first is the secret in use. */
  secrets: string[];
  /** Everything the simulator holds, inactive rows included. */
  ids(kind: Kind): string[];
  /** The row as the simulator keeps it. */
  kept(kind: Kind, id: string): Record<string, unknown>;
  topLevelId: string;
  /** A regular expression of the requests that list or write a kind, against `path?query`. */
  paths: Record<Kind, string>;
  /** The keys of a list's envelope that hold these rows. */
  page(kind: Kind, rows: unknown[]): Record<string, unknown>;
  set(quirk: Quirk): void;
  /** No quirk any more. */
  plain(): void;
  /** A body the upstream sends with a 400, and what is left of it for a person. */
  refusals: { name: string; body: unknown; says: string; never?: string }[];
}

const link = (id: string, entity: 'customer' | 'subscription') => ({
  thirdPartyId: id,
  secondaryId: entity === 'customer' ? null : 'XSP12345',
  type: `arrowsphere:XSP00001:${entity}`,
  description: 'from the acceptance suite',
});

const address = {
  line1: '1 High St',
  line2: null,
  city: 'Malmö',
  state: 'Skåne',
  postcode: '211 20',
  country: 'SE',
};

export const fields = (change: Partial<LicenceFields> = {}): LicenceFields => ({
  name: 'Microsoft 365 Business Premium – Škoda & Søn 株式会社 🚲',
  quantity: '25',
  unitCost: '18.1',
  unitPrice: '63.845276',
  status: 'active',
  billingCycle: 'monthly',
  term: 'P1Y',
  startDate: '2026-01-01T00:00:00',
  endDate: '2026-12-31T23:59:59',
  autoRenew: true,
  distributor: 'ArrowSphere',
  sku: 'CFQ7TTC0LCHC:0002',
  vendorSku: 'CFQ7TTC0LCHC',
  vendor: 'Microsoft',
  tenantId: '0b7e6ad5-4e6e-4dc7-a0a9-5d29f0ed5a0f',
  customerId: 'XSP12345',
  active: true,
  ...change,
});

/** What every push destination must do, whatever its upstream. */
export function acceptance(target: Target) {
  const { destination } = target;
  const { definition } = destination;

  describe(`${definition.name} as a push destination`, () => {
    let run: Running;
    let serial = 0;
    const fresh = (word: string) => `${word}-${++serial}`;

    beforeAll(async () => {
      run = await target.start({ clients: 230 });
    });
    afterEach(() => {
      run.sim.faults.clear();
      run.plain();
    });
    afterAll(() => run.sim.close());

    const context = (change: Partial<ContextParts> = {}, of = run) => {
      const parts = { ...of.parts, ...change };
      return contextOf({
        ...parts,
        settings: definition.settings.parse(parts.settings),
        credentials: definition.credentials.parse(parts.credentials),
      });
    };
    const fault = (act: Fault['act'], more: Partial<Fault> = {}) => run.sim.faults.add({ ...more, act });
    const clean = (said: unknown) => {
      for (const secret of run.secrets) expect(JSON.stringify(said)).not.toContain(secret);
    };
    async function failure(promise: Promise<unknown>): Promise<Failure> {
      const error = await promise.then(
        () => expect.fail('expected a Failure'),
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(Failure);
      const { message, details } = error as Failure;
      clean({ message, details });
      return error as Failure;
    }
    async function all<Row>(listing: Listing<Row>): Promise<ListPage<Row>[]> {
      const pages: ListPage<Row>[] = [];
      let cursor: string | null = null;
      do {
        const page: ListPage<Row> = await listing.page(context(), { scope: null, cursor });
        pages.push(page);
        cursor = page.next;
      } while (cursor !== null && pages.length < 100);
      return pages;
    }
    const ids = (pages: ListPage<unknown>[]) =>
      pages.flatMap((page) => page.records.map((record: Unread<unknown>) => record.read().id)).sort();

    const newClient = (change: Partial<Parameters<typeof destination.createClient>[1]> = {}) => {
      const id = fresh('XSP');
      return {
        name: `Nørd & Söhne ${id}`,
        topLevelId: run.topLevelId,
        address,
        phone: '555 0110',
        domain: 'nord.example',
        link: link(id, 'customer'),
        marker: null,
        ...change,
      };
    };
    let owner: string | undefined;
    const clientId = async () => {
      if (owner) return owner;
      const [made] = await destination.createClient(context(), newClient());
      owner = made!.id;
      return owner;
    };
    const newLicence = async (change: Partial<LicenceFields> = {}): Promise<NewLicence> => ({
      clientId: await clientId(),
      fields: fields(change),
      link: link(fresh('SUB'), 'subscription'),
      marker: null,
    });
    const make = async (change: Partial<LicenceFields> = {}) => {
      const [made] = await destination.createLicences(context(), [await newLicence(change)]);
      return made!;
    };

    it('is defined without loose ends', () => {
      expect(definition).toMatchObject({ role: 'destination', flow: 'push' });
      for (const [schema, value] of [
        [definition.settings, run.parts.settings],
        [definition.credentials, run.parts.credentials],
      ] as const) {
        expect(schema.safeParse(value).success).toBe(true);
        expect(schema.safeParse({ ...(value as object), other: 1 }).success).toBe(false);
        expect(schema.safeParse({}).success).toBe(false);
      }
    });

    describe('systems check', () => {
      it('passes on a good account and learns who it is', async () => {
        const report = await destination.test(context());
        expect(report.steps.filter((step) => step.state !== 'passed')).toEqual([]);
        expect(report.identity).toBe(run.identity);
        clean(report);
      });

      it('names refused credentials, and asks nothing after that', async () => {
        const report = await destination.test(context(run.refused));
        clean(report);
        const at = report.steps.findIndex((step) => step.state === 'failed');
        expect(report.steps[at]?.message).toMatch(/secret/i);
        expect(report.steps.slice(at + 1).every((step) => step.state === 'skipped')).toBe(true);
      });

      it.each([
        ['nothing listens', () => run.settingsAt('http://127.0.0.1:2')],
        ['a path of nothing', () => run.settingsAt(`${run.sim.url}/nowhere`)],
      ])('names a wrong base URL: %s', async (_, settings) => {
        const { steps, identity } = await destination.test(context({ settings: settings() }));
        expect(identity).toBeNull();
        expect(steps.map((step) => step.state)).toEqual(['failed', ...steps.slice(1).map(() => 'skipped')]);
        expect(steps[0]!.message).toMatch(/base URL/);
      });

      it.each([
        ['HTML', { do: 'respond', status: 200, body: '<!doctype html><title>Sign in</title>' }],
        ['a redirect', { do: 'respond', status: 302, headers: { location: 'https://example.org/login' } }],
        ['JSON of something else', { do: 'respond', status: 200, body: { hello: 'world' } }],
        ['an empty body', { do: 'respond', status: 200 }],
      ] as [string, Fault['act']][])('names a wrong base URL: %s', async (_, act) => {
        fault(act, { times: -1 });
        const { steps } = await destination.test(context());
        expect(steps[0]).toMatchObject({ state: 'failed', message: expect.stringMatching(/base URL/) });
      });

      it.each(['clients', 'licences'] as const)('names the permission missing for %s', async (kind) => {
        fault({ do: 'respond', status: 403 }, { path: run.paths[kind], times: -1 });
        const { steps } = await destination.test(context());
        expect(steps.filter((step) => step.state === 'failed').map((step) => step.message)).toEqual([
          expect.stringMatching(/permission read:/),
        ]);
      });

      it('throws when cancelled', async () => {
        fault({ do: 'hang' }, { times: -1 });
        const stop = new AbortController();
        const running = destination.test(context({ signal: stop.signal }));
        setTimeout(() => stop.abort(new Error('stopped')), 30);
        await expect(running).rejects.toThrow('stopped');
      });
    });

    describe('lists', () => {
      beforeAll(async () => {
        for (let i = 0; i < 5; i++) {
          const batch = await Promise.all(Array.from({ length: 25 }, () => newLicence({ active: i > 0 })));
          await destination.createLicences(context(), batch);
        }
      });

      describe.each(['clients', 'licences', 'links'] as const)('%s', (kind) => {
        const listing = destination[kind] as Listing<unknown>;

        it.each(['full', 'capped'])('every row once, inactive ones too, over %s pages', async (pages) => {
          if (pages === 'capped') run.set('pages-of-30');
          const read = await all(listing);
          expect(ids(read)).toEqual(run.ids(kind).sort());
          expect(read.length).toBe(Math.ceil(run.ids(kind).length / (pages === 'capped' ? 30 : 100)));
          for (const page of read) expect(page.declared).toBe(run.ids(kind).length);
          expect(read[0]!.pages).toBe(read.length);
          for (const record of read.flatMap((page) => page.records)) {
            const read = record.read();
            expect(read).toHaveProperty('row.id', read.id);
          }
        });

        it.each(['full', 'capped'])('in any order of %s pages', async (size) => {
          if (size === 'capped') run.set('pages-of-30');
          const { pages } = await listing.page(context(), { scope: null, cursor: null });
          const cursors = Array.from({ length: pages! }, (_, i) => String(pages! - i));
          const read = await Promise.all(
            cursors.map((cursor) => listing.page(context(), { scope: null, cursor })),
          );
          expect(ids(read)).toEqual(run.ids(kind).sort());
        });

        it.each([
          ['half a body', { do: 'truncate' }, 'unreachable'],
          ['broken JSON', { do: 'broken-json' }, 'bad-answer'],
          ['HTML', { do: 'respond', status: 200, body: '<html>' }, 'intermediary'],
          ['another object', { do: 'respond', status: 200, body: { hello: 'world' } }, 'bad-answer'],
          ['a list', { do: 'respond', status: 200, body: [1] }, 'bad-answer'],
          ['nothing', { do: 'respond', status: 200 }, 'bad-answer'],
          ['a redirect', { do: 'respond', status: 302, headers: { location: '/' } }, 'intermediary'],
          ['an empty 401', { do: 'respond', status: 401 }, 'forbidden'],
          ['an empty 403', { do: 'respond', status: 403 }, 'forbidden'],
          ['an empty 404', { do: 'respond', status: 404 }, 'not-found'],
          ['an empty 500', { do: 'respond', status: 500 }, 'unavailable'],
          ['503', { do: 'respond', status: 503, body: '<html>' }, 'intermediary'],
        ] as [string, Fault['act'], FailureKind][])('translates %s', async (_, act, expected) => {
          fault(act, { path: run.paths[kind], times: -1 });
          const said = await failure(listing.page(context(), { scope: null, cursor: null }));
          expect(said.kind).toBe(expected);
          expect(said.details.ambiguous).toBeUndefined();
        });

        it('quarantines what it cannot read and reads the rest', async () => {
          const { records } = await listing.page(context(), { scope: null, cursor: null });
          const good = records[0]!.raw as Record<string, unknown>;
          const rows = [good, { ...good, id: { no: 1 } }, null, 'nonsense'];
          fault({ do: 'patch', body: run.page(kind, rows) }, { path: run.paths[kind], times: 1 });
          const page = await listing.page(context(), { scope: null, cursor: null });
          const read = page.records.map((record) => record.read());
          expect(read.map((record) => record.id)).toEqual([String(good.id), null, null, null]);
          expect(read.filter((record) => 'problem' in record).length).toBe(3);
        });
      });

      it('renews a refused token once', async () => {
        fault({ do: 'respond', status: 401 }, { path: run.paths.clients });
        const page = await destination.clients.page(context(), { scope: null, cursor: null });
        expect(page.records.length).toBeGreaterThan(0);
      });

      it.each([
        [undefined, undefined],
        ['7', 7000],
      ])('carries the wait of a 429 (%s)', async (header, wait) => {
        const headers = header ? { 'retry-after': header } : undefined;
        fault({ do: 'respond', status: 429, body: { error: 'Rate Limit ConnectionSession' }, headers });
        const said = await failure(destination.clients.page(context(), { scope: null, cursor: null }));
        expect(said).toMatchObject({ kind: 'rate-limited', retryable: true });
        expect(said.details.retryAfterMs).toBe(wait);
      });

      it('names what it offers', async () => {
        const offered = await destination.topLevels(context());
        expect(offered.map((offer) => offer.id)).toContain(run.topLevelId);
        for (const agent of await destination.agents(context()))
          expect(agent).toEqual({
            id: expect.any(String),
            name: expect.any(String),
            email: agent.email === null ? null : expect.any(String),
            disabled: expect.any(Boolean),
          });
      });
    });

    describe('clients', () => {
      it('creates one, and reads it back by id, name and link', async () => {
        const wanted = newClient();
        const [made, ...more] = await destination.createClient(context(), wanted);
        expect(more).toEqual([]);
        expect(made).toMatchObject({
          id: expect.stringMatching(/^\d+$/),
          name: wanted.name,
          inactive: false,
          topLevelId: run.topLevelId,
          mainSiteId: expect.stringMatching(/^\d+$/),
        });
        expect(await destination.client(context(), made!.id)).toMatchObject({
          name: wanted.name,
          marker: null,
        });
        expect((await destination.clientsNamed(context(), wanted.name)).map((row) => row.id)).toEqual([
          made!.id,
        ]);
        expect(await destination.clientsNamed(context(), `${wanted.name} and more`)).toEqual([]);
        expect(
          await destination.linksOf(context(), wanted.link.thirdPartyId, wanted.link.type),
        ).toMatchObject([{ recordId: made!.id, thirdPartyType: wanted.link.type }]);
        expect(await destination.linksOf(context(), wanted.link.thirdPartyId, 'other')).toEqual([]);
        expect(await destination.linksOf(context(), wanted.link.thirdPartyId, null)).toHaveLength(1);
      });

      it('finds a client whose name holds wildcards', async () => {
        const [made] = await destination.createClient(context(), newClient({ name: '100% [Pure]_x Ltd' }));
        const found = await destination.clientsNamed(context(), '100% [Pure]_x Ltd');
        expect(found.map((row) => row.id)).toEqual([made!.id]);
      });

      it('leaves a marker where links do not stay', async () => {
        run.set('links-dropped');
        const wanted = newClient();
        const mark = marker(wanted.link.type, wanted.link.thirdPartyId);
        const [made] = await destination.createClient(context(), { ...wanted, marker: mark });
        expect(await destination.linksOf(context(), wanted.link.thirdPartyId, null)).toEqual([]);
        expect((await destination.client(context(), made!.id))?.marker).toBe(mark);
        expect(await destination.clientsNamed(context(), wanted.name)).toMatchObject([{ marker: mark }]);
      });

      it('keeps nothing where notes do not stay either', async () => {
        run.set('notes-dropped');
        const [made] = await destination.createClient(context(), newClient({ marker: '[tributary a c]' }));
        expect((await destination.client(context(), made!.id))?.marker).toBeNull();
      });

      it('keeps the address of the main site, without writing what is there', async () => {
        const wanted = newClient();
        const [made] = await destination.createClient(context(), wanted);
        const posts = () => run.sim.requests.filter((request) => request.method === 'POST').length;
        const site = { clientId: made!.id, siteId: made!.mainSiteId! };
        const before = posts();
        await destination.updateSiteAddress(context(), { ...site, address });
        expect(posts()).toBe(before);
        const moved = { ...address, line1: '2 New St', line2: 'Floor 3', state: null };
        await destination.updateSiteAddress(context(), { ...site, address: moved });
        expect(posts()).toBe(before + 1);
        await destination.updateSiteAddress(context(), { ...site, address: moved });
        expect(posts()).toBe(before + 1);
      });

      it('knows what is gone', async () => {
        expect(await destination.client(context(), '987654')).toBeNull();
        expect(await destination.licence(context(), '987654')).toBeNull();
        expect(await destination.clientsNamed(context(), 'Nobody by this name')).toEqual([]);
        expect(await destination.licencesOf(context(), '987654')).toEqual([]);
        expect(await destination.linksOf(context(), 'no such id', null)).toEqual([]);
      });
    });

    describe('licences', () => {
      it('come back field by field', async () => {
        const made = await make();
        expect(made).toMatchObject(fields());
        expect(made).toMatchObject({ clientId: await clientId(), deleted: false, marker: null });
        expect(made.linkId).toMatch(/^\d+$/);
        expect(await destination.licence(context(), made.id)).toEqual(made);
      });

      it.each([
        ['a quantity of 0', { quantity: '0' }],
        ['a broken quantity', { quantity: '2.5' }],
        ['money of six places', { unitCost: '0.000001', unitPrice: '1234567.891235' }],
        ['no dates', { startDate: null, endDate: null }],
        ['no texts', { vendorSku: null, vendor: null, tenantId: null, term: null, billingCycle: null }],
        ['a status of ours', { status: 'suspended' }],
        ['a status nobody knows', { status: 'in limbo', billingCycle: 'every 4 years', term: 'P4Y' }],
        ['an inactive row', { status: 'cancelled', active: false, autoRenew: false }],
      ] as [string, Partial<LicenceFields>][])('keep %s', async (_, change) => {
        expect(await make(change)).toMatchObject(fields(change));
      });

      it('are written without what is unknown', async () => {
        const made = await make({ unitPrice: null, autoRenew: null });
        const [kept] = await destination.updateLicences(context(), [
          {
            id: made.id,
            clientId: made.clientId,
            fields: { unitCost: null, quantity: null, name: 'Renamed' },
          },
        ]);
        expect(kept).toMatchObject({ name: 'Renamed', unitCost: '18.1', quantity: '25' });
      });

      it('say what the destination rounded', async () => {
        run.set('money-of-4-places');
        const made = await make();
        expect(made.unitPrice).toBe('63.8453');
        expect((await destination.licence(context(), made.id))?.unitPrice).toBe('63.8453');
      });

      it('are cut to the length that fits, whole characters only', async () => {
        const made = await make({ name: `${'x'.repeat(499)}🚲` });
        expect(made.name).toBe('x'.repeat(499));
      });

      it('are merged: only the fields named change', async () => {
        const made = await make();
        const change = { quantity: '30', endDate: null, status: 'cancelled', active: false };
        const [after] = await destination.updateLicences(context(), [
          { id: made.id, clientId: made.clientId, fields: change },
        ]);
        expect(after).toEqual({ ...made, ...change });
      });

      it('of a batch come back in the order sent', async () => {
        const batch = await Promise.all(['a', 'b', 'c', 'd'].map((name) => newLicence({ name })));
        const made = await destination.createLicences(context(), batch);
        expect(made.map((row) => row.name)).toEqual(['a', 'b', 'c', 'd']);
        const updated = await destination.updateLicences(
          context(),
          made.map((row) => ({ id: row.id, clientId: row.clientId, fields: { quantity: '7' } })),
        );
        expect(updated.map((row) => [row.id, row.quantity])).toEqual(made.map((row) => [row.id, '7']));
      });

      it.each(['reply-array', 'reply-envelope', 'reply-first-only'] as const)(
        'are read from another reply: %s',
        async (quirk) => {
          run.set(quirk);
          expect(await make({ name: 'single' })).toMatchObject({ name: 'single' });
          const batch = await Promise.all(['a', 'b'].map((name) => newLicence({ name })));
          const made = await destination.createLicences(context(), batch);
          expect(made.map((row) => row.name)).toEqual(quirk === 'reply-first-only' ? ['a'] : ['a', 'b']);
        },
      );

      it.each([
        ['204', { do: 'respond', status: 204 }],
        ['an empty 200', { do: 'respond', status: 200 }],
        ['an empty array', { do: 'respond', status: 201, body: [] }],
        ['an object of something else', { do: 'respond', status: 200, body: { ok: true } }],
      ] as [string, Fault['act']][])('are nothing after %s', async (_, act) => {
        fault(act, { method: 'POST', path: run.paths.licences });
        expect(await destination.createLicences(context(), [await newLicence()])).toEqual([]);
      });

      it('cost no call when there are none', async () => {
        const before = run.sim.requests.length;
        expect(await destination.createLicences(context(), [])).toEqual([]);
        expect(await destination.updateLicences(context(), [])).toEqual([]);
        expect(run.sim.requests.length).toBe(before);
      });

      it('carry a marker where links do not stay', async () => {
        run.set('links-dropped');
        const wanted = await newLicence();
        const mark = marker(wanted.link.type, wanted.link.thirdPartyId);
        const [made] = await destination.createLicences(context(), [{ ...wanted, marker: mark }]);
        expect(made).toMatchObject({ linkId: null });
        const again = await destination.licencesOf(context(), made!.clientId);
        expect(again.filter((row) => row.marker === mark).map((row) => row.id)).toEqual([made!.id]);
      });

      it('of a client are read with the inactive ones, and of nobody else', async () => {
        const [client] = await destination.createClient(context(), newClient());
        const batch = [await newLicence({ active: false }), await newLicence()].map((licence) => ({
          ...licence,
          clientId: client!.id,
        }));
        const made = await destination.createLicences(context(), batch);
        const read = await destination.licencesOf(context(), client!.id);
        expect(read.map((row) => row.id).sort()).toEqual(made.map((row) => row.id).sort());
        expect(read.every((row) => row.clientId === client!.id)).toBe(true);
      });
    });

    describe('a write that fails', () => {
      const create = async (change?: Partial<ContextParts>) =>
        destination.createLicences(context(change), [await newLicence()]);
      const onWrite = {
        method: 'POST',
        get path() {
          return run.paths.licences;
        },
      };

      it.each([
        ['its reply lost', { do: 'drop-reply' }, 'unreachable', 'dropped'],
        ['its connection dropped', { do: 'drop' }, 'unreachable', 'dropped'],
        ['half a reply', { do: 'truncate' }, 'unreachable', 'dropped'],
        ['a reply of broken JSON', { do: 'broken-json' }, 'bad-answer', 'dropped'],
        ['an empty 500', { do: 'respond', status: 500 }, 'unavailable', 'answered'],
        ['a page under 500', { do: 'respond', status: 500, body: '<html>' }, 'intermediary', 'dropped'],
        ['a 503', { do: 'respond', status: 503 }, 'unavailable', 'dropped'],
        ['a 504', { do: 'respond', status: 504, body: '<html>' }, 'intermediary', 'timeout'],
        ['an empty 403', { do: 'respond', status: 403 }, 'forbidden', undefined],
        ['an empty 404', { do: 'respond', status: 404 }, 'not-found', undefined],
        ['a 429', { do: 'respond', status: 429, body: { error: 'x' } }, 'rate-limited', undefined],
      ] as [string, Fault['act'], FailureKind, string | undefined][])(
        'with %s says whether it may have happened',
        async (_, act, kind, ambiguous) => {
          await clientId();
          fault(act, onWrite);
          const said = await failure(create());
          expect(said.kind).toBe(kind);
          expect(said.details.ambiguous).toBe(ambiguous);
        },
      );

      it.each([true, false])('by hanging is ambiguous (handled: %s)', async (handled) => {
        await clientId();
        await run.parts.token!();
        fault({ do: 'hang', handled }, onWrite);
        const said = await failure(create({ patience: { timeoutMs: 80 } }));
        expect(said).toMatchObject({ kind: 'timeout', details: { ambiguous: 'timeout' } });
      });

      it('that nobody heard is not ambiguous', async () => {
        const elsewhere = context({ settings: run.settingsAt('http://127.0.0.1:2') });
        const said = await failure(destination.createLicences(elsewhere, [await newLicence()]));
        expect(said.kind).toBe('unreachable');
        expect(said.details.ambiguous).toBeUndefined();
      });

      it('names the permission an agent lacks', async () => {
        await clientId();
        fault({ do: 'respond', status: 401 }, { ...onWrite, times: -1 });
        const said = await failure(create());
        expect(said).toMatchObject({ kind: 'forbidden', retryable: false });
        expect(said.details.remedy).toMatch(/permission edit:/);
      });

      it('repeats no secret an error body holds', async () => {
        await clientId();
        for (const status of [400, 401, 403, 404, 409, 422, 500]) {
          run.sim.faults.clear();
          // The secret and the token of this very request.
          const token = await run.parts.token!();
          const text = `${run.secrets[0]} ${token}`;
          const body = { status, error: text, message: text, Message: text };
          fault({ do: 'respond', status, body }, { ...onWrite, times: -1 });
          expect((await failure(create())).message).not.toContain(token);
        }
      });

      it('says why in every dialect', async () => {
        await clientId();
        for (const { name, body, says, never } of run.refusals) {
          fault({ do: 'respond', status: 400, body }, onWrite);
          const said = await failure(create());
          expect(said.message, name).toContain(says);
          if (never) expect(said.message, name).not.toContain(never);
          expect(said, name).toMatchObject({ kind: 'invalid', retryable: false });
          expect(said.details.ambiguous, name).toBeUndefined();
        }
      });
    });

    it('never deletes', () => {
      expect(run.sim.requests.filter((request) => request.method === 'DELETE')).toEqual([]);
    });
  });
}
