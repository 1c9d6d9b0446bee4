import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type {
  ConnectorContext,
  Distributor,
  Listed,
  Listing,
  ListPage,
  TestReport,
  Unread,
} from '../../connectors/contract.ts';
import type { Customer } from '../../domain/customer.ts';
import { Failure, type FailureKind } from '../../domain/failure.ts';
import type { Subscription } from '../../domain/subscription.ts';
import type { Fault, Simulator } from '../../simulators/harness.ts';
import { type ContextParts, contextOf } from './context.ts';

/** A distributor connector beside the simulator of its upstream: everything the suite has to know of the two. */
export interface Target {
  distributor: Distributor;
  /** Starts a simulator of about this size (records of pages of 100); 0 and 0 is an account with nothing in it. */
  start(size: { customers: number; subscriptions: number }): Promise<Running>;
}

export interface Running {
  sim: Pick<Simulator<unknown>, 'url' | 'faults' | 'requests' | 'close'>;
  /** What reaches the simulator; settings and credentials are parsed by the definition's schemas. */
  parts: ContextParts;
  /** What to replace so that the upstream refuses the credentials. */
  refused: Partial<ContextParts>;
  /** The settings with this in place of the base URL. */
  settingsAt(baseUrl: string): unknown;
  /** What `test` learns the account by. */
  identity: string;
  /** Texts no Failure, test step or problem may hold: keys, tokens, names, addresses. */
  secrets: string[];
  /** The reseller's own company and a closed customer, where the upstream lists such. */
  own?: string;
  closed?: string;
  customers: Kit;
  subscriptions: Kit & {
    /** With a status the connector has never met. */
    unknownStatus(record: Wire, word: string): Wire;
    /** Without price and currency. */
    withoutPrice(record: Wire): Wire;
  };
  /** Failure kinds where the upstream's dialect differs from 401 `unauthorised`, 403 `forbidden`. */
  kinds?: { 401?: FailureKind; 403?: FailureKind };
}

export type Wire = Record<string, unknown>;

/** How records of one kind are listed and spelled by the upstream. */
export interface Kit {
  /** A regular expression of every request that may list them, against `path?query`. */
  path: string;
  /** What the simulator holds, of one customer where named. */
  ids(customerId?: string): string[];
  /** The body of a listing that has one page and these records. */
  page(records: unknown[]): unknown;
  /** A healthy record as the upstream spells it; a copy of its own each time. */
  sample(): Wire;
  /** The same, with a required field of the wrong type and the id intact. */
  unreadable(record: Wire): Wire;
  withoutId(record: Wire): Wire;
  named(record: Wire, name: string): Wire;
}

type Row = Customer | Subscription;

/** What every distributor connector must do, whatever its upstream. */
export function acceptance(target: Target) {
  const { distributor } = target;
  const { definition } = distributor;

  describe(`${definition.name} as a distributor`, () => {
    let run: Running;
    beforeAll(async () => {
      run = await target.start({ customers: 230, subscriptions: 340 });
    });
    afterEach(() => {
      run.sim.faults.clear();
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
    const breakAll = (act: Fault['act'], path?: string) => run.sim.faults.add({ path, times: -1, act });
    const clean = (said: unknown, what: string) => {
      const text = typeof said === 'string' ? said : JSON.stringify(said);
      for (const secret of run.secrets) expect(text, what).not.toContain(secret);
    };

    /** The Failure a promise ends in, checked to hold nothing that must not travel. */
    async function failure(promise: Promise<unknown>): Promise<Failure> {
      const error = await promise.then(
        () => expect.fail('expected a Failure'),
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(Failure);
      const { message, details } = error as Failure;
      clean({ message, details }, 'a Failure');
      return error as Failure;
    }

    it('is defined without loose ends', () => {
      expect(definition).toMatchObject({ role: 'distributor', distributorName: expect.any(String) });
      expect(definition.settings.safeParse({ ...(run.parts.settings as object), other: 1 }).success).toBe(
        false,
      );
      expect(
        definition.credentials.safeParse({ ...(run.parts.credentials as object), other: 1 }).success,
      ).toBe(false);
      expect(definition.credentials.safeParse({}).success).toBe(false);
    });

    describe('test', () => {
      /** Exactly one step failed, with its remedy; those after it are skipped. */
      const failed = (report: TestReport) => {
        clean(report, 'a test report');
        const at = report.steps.findIndex((step) => step.state === 'failed');
        expect(at, JSON.stringify(report.steps)).toBeGreaterThanOrEqual(0);
        expect(report.steps.slice(at + 1).map((step) => step.state)).toEqual(
          report.steps.slice(at + 1).map(() => 'skipped'),
        );
        const { message } = report.steps[at]!;
        expect(
          message.split(/[.!?](?:\s|$)/).filter(Boolean).length,
          `a remedy in "${message}"`,
        ).toBeGreaterThan(1);
        return { at, message };
      };

      it('passes on a good account and learns who it is', async () => {
        const report = await distributor.test(context());
        expect(report.steps.filter((step) => step.state !== 'passed')).toEqual([]);
        expect(report.identity).toBe(run.identity);
      });

      it('names refused credentials', async () => {
        failed(await distributor.test(context(run.refused)));
      });

      it('names a missing permission at the step that lacks it', async () => {
        breakAll({ do: 'respond', status: 403, body: {} }, run.subscriptions.path);
        const { at } = failed(await distributor.test(context()));
        expect(at).toBeGreaterThan(0);
      });

      it.each([
        ['a path that does not exist', () => ({ settings: run.settingsAt(`${run.sim.url}/nowhere`) })],
        ['a host that refuses', () => ({ settings: run.settingsAt('http://127.0.0.1:1') })],
      ])('names a wrong base URL: %s', async (_, change) => {
        const { at } = failed(await distributor.test(context(change())));
        // With tokens the first step is the token, which the context brings along here.
        expect(at).toBe(definition.auth === 'static' ? 0 : 1);
      });

      it.each([
        ['HTML', { do: 'respond', status: 200, body: '<!doctype html><title>Sign in</title>' }],
        ['a redirect', { do: 'respond', status: 302, headers: { location: 'https://example.org/login' } }],
        ['JSON of something else', { do: 'respond', status: 200, body: { hello: 'world' } }],
        ['an empty body', { do: 'respond', status: 200 }],
      ] as [string, Fault['act']][])('names a wrong base URL: %s', async (_, act) => {
        breakAll(act);
        failed(await distributor.test(context()));
      });

      it('reports an outage and a rate limit as failed steps', async () => {
        for (const status of [429, 503]) {
          run.sim.faults.clear();
          breakAll({ do: 'respond', status, body: {}, headers: { 'retry-after': '7' } });
          failed(await distributor.test(context()));
        }
      });

      it('warns of an empty account', async () => {
        const empty = await target.start({ customers: 0, subscriptions: 0 });
        try {
          const report = await distributor.test(context({}, empty));
          expect(report.steps.map((step) => step.state)).toContain('warning');
          expect(report.steps.map((step) => step.state)).not.toContain('failed');
        } finally {
          await empty.sim.close();
        }
      });

      it('throws when cancelled', async () => {
        breakAll({ do: 'hang' });
        const stop = new AbortController();
        const running = distributor.test(context({ signal: stop.signal }));
        setTimeout(() => stop.abort(new Error('stopped')), 30);
        await expect(running).rejects.toThrow('stopped');
      });
    });

    describe.each(['customers', 'subscriptions'] as const)('%s', (kind) => {
      const listing = distributor[kind] as Listing<Row>;
      const kit = () => run[kind];

      async function scopesOf(ctx: ConnectorContext<never, never>, chosen: string[] | null, of = run) {
        const scope = await listing.scopes(ctx, chosen);
        return scope === 'account' ? [null] : (chosen ?? of.customers.ids());
      }
      async function all(chosen: string[] | null = null, of = run): Promise<ListPage<Row>[]> {
        const pages: ListPage<Row>[] = [];
        for (const scope of await scopesOf(context({}, of), chosen, of)) {
          const ctx = context({}, of);
          let cursor: string | null = null;
          do {
            const page: ListPage<Row> = await listing.page(ctx, { scope, cursor });
            pages.push(page);
            cursor = page.next;
          } while (cursor !== null && pages.length < 1000);
        }
        return pages;
      }
      const readAll = (unread: Unread<Row>[]) =>
        unread.map((record) => {
          const read = record.read();
          // Known records are told by the id they have before they are read, the rest by the other.
          if (record.id !== null) expect(read.id).toBe(record.id);
          expect(read.raw).toBe(record.raw);
          return read;
        });
      const records = (pages: ListPage<Row>[]) => pages.flatMap((page) => readAll(page.records));
      const ids = (listed: Listed<Row>[]) => listed.map((record) => record.id).sort();
      const rows = (listed: Listed<Row>[]) =>
        listed.flatMap((record) => ('row' in record ? [record.row] : []));
      /** The first page of the first scope. */
      async function first(change: Partial<ContextParts> = {}) {
        const ctx = context(change);
        const [scope] = await scopesOf(ctx, null);
        return listing.page(ctx, { scope: scope!, cursor: null });
      }
      /** The first page when the upstream answers these records. */
      function answered(...wire: unknown[]) {
        breakAll({ do: 'respond', status: 200, body: kit().page(wire) }, kit().path);
        return first();
      }

      it('lists a first page', async () => {
        const page = await first();
        expect(page.records.length).toBeGreaterThan(0);
        for (const record of readAll(page.records)) {
          expect(record).toMatchObject({
            id: expect.any(String),
            raw: expect.anything(),
            row: { id: record.id },
          });
        }
      });

      it('lists every record once over all pages', async () => {
        const pages = await all();
        expect(ids(records(pages))).toEqual(kit().ids().sort());
        if (
          pages.length > 1 &&
          pages[0]!.declared !== null &&
          (await scopesOf(context(), null)).length === 1
        ) {
          for (const page of pages) expect(page.declared).toBe(kit().ids().length);
        }
      });

      it('reads the same in any order of pages, where they are numbered', async () => {
        const [scope] = await scopesOf(context(), null);
        const { pages } = await first();
        if (pages === null) return;
        const cursors = Array.from({ length: pages }, (_, i) => String(pages - i));
        const read = await Promise.all(
          cursors.map((cursor) => listing.page(context(), { scope: scope!, cursor })),
        );
        const inOrder: Listed<Row>[] = [];
        let cursor: string | null = null;
        do {
          const page: ListPage<Row> = await listing.page(context(), { scope: scope!, cursor });
          inOrder.push(...readAll(page.records));
          cursor = page.next;
        } while (cursor !== null);
        expect(ids(records(read))).toEqual(ids(inOrder));
      });

      it('resumes from a cursor in the middle', async () => {
        const [scope] = await scopesOf(context(), null);
        const start = await first();
        const seen = readAll(start.records);
        let cursor = start.next;
        while (cursor !== null) {
          // A context of its own each time: nothing but the cursor is carried.
          const page: ListPage<Row> = await listing.page(context(), { scope: scope!, cursor });
          seen.push(...readAll(page.records));
          cursor = page.next;
        }
        expect(ids(seen)).toEqual(
          kit()
            .ids(scope ?? undefined)
            .sort(),
        );
      });

      it('lists nothing from an empty listing', async () => {
        const page = await answered();
        expect(page.records).toEqual([]);
        expect(page.next).toBeNull();
      });

      if (kind === 'subscriptions') {
        it('lists the chosen customers alone', async () => {
          const chosen = run.customers
            .ids()
            .filter((id) => kit().ids(id).length > 0)
            .slice(0, 2);
          const expected = chosen.flatMap((id) => kit().ids(id));
          const listed = records(await all(chosen));
          const wanted = rows(listed).filter((row) => chosen.includes((row as Subscription).customerId));
          expect(wanted.map((row) => row.id).sort()).toEqual(expected.sort());
          if ((await listing.scopes(context(), chosen)) === 'customer')
            expect(wanted.length).toBe(listed.length);
        });

        it('keeps a status it has never met', async () => {
          const { unknownStatus } = run.subscriptions;
          const page = await answered(unknownStatus(kit().sample(), 'in_limbo'));
          expect(rows(readAll(page.records))).toMatchObject([{ status: 'unknown', statusText: 'in_limbo' }]);
        });

        it('knows a missing price and currency from 0', async () => {
          const page = await answered(run.subscriptions.withoutPrice(kit().sample()));
          expect(rows(readAll(page.records))).toMatchObject([
            { unitCost: null, unitPrice: null, currency: null },
          ]);
        });
      } else {
        it('flags the own company and closed customers', async () => {
          const listed = rows(records(await all())) as Customer[];
          expect(listed.filter((row) => row.own).map((row) => row.id)).toEqual(run.own ? [run.own] : []);
          if (run.closed) expect(listed.find((row) => row.id === run.closed)?.status).toBe('closed');
          expect(listed.some((row) => row.status === 'active')).toBe(true);
        });
      }

      it('keeps Unicode names as they are', async () => {
        const name = 'Škoda & Søn – 株式会社 „Ünïcode“ 🚲';
        const page = await answered(kit().named(kit().sample(), name));
        expect(rows(readAll(page.records))).toMatchObject([{ name }]);
      });

      it('quarantines what it cannot read and reads the rest', async () => {
        const good = kit().sample();
        const page = await answered(
          kit().unreadable(kit().sample()),
          good,
          kit().withoutId(kit().sample()),
          null,
          'nonsense',
        );
        expect(page.records.length).toBe(5);
        expect(rows(readAll(page.records)).length).toBe(1);
        const id = rows(readAll(page.records))[0]!.id;
        const read = readAll(page.records);
        expect(read[0]).toMatchObject({ id, problem: expect.stringMatching(/\w/) });
        for (const record of read.slice(2)) {
          expect(record).toMatchObject({ id: null, problem: expect.stringMatching(/\w/) });
        }
        for (const record of read) if ('problem' in record) clean(record.problem, 'a problem');
      });

      it.each([
        ['another object', { hello: 'world' }],
        ['a list', [1, 2]],
        ['null', 'null'],
        ['nothing', undefined],
      ])('stops at an envelope it cannot read: %s', async (_, body) => {
        breakAll({ do: 'respond', status: 200, body }, kit().path);
        expect((await failure(first())).kind).toBe('bad-answer');
      });

      it.each([
        ['half a body', { do: 'truncate' }, 'unreachable'],
        ['a dropped connection', { do: 'drop' }, 'unreachable'],
        ['broken JSON', { do: 'broken-json' }, 'bad-answer'],
        ['HTML', { do: 'respond', status: 200, body: '<html>Maintenance</html>' }, 'intermediary'],
        ['a redirect', { do: 'respond', status: 301, headers: { location: '/' } }, 'bad-answer'],
        ['500', { do: 'respond', status: 500, body: 'oops' }, 'unavailable'],
        ['502', { do: 'respond', status: 502, body: '<html>Bad gateway</html>' }, 'intermediary'],
        ['503', { do: 'respond', status: 503, body: {} }, 'unavailable'],
      ] as [string, Fault['act'], FailureKind][])('translates %s', async (name, act, expected) => {
        breakAll(act, kit().path);
        const said = await failure(first());
        expect(said.kind).toBe(expected);
        expect(said.retryable).toBe(name !== 'a redirect');
      });

      it.each([401, 403] as const)('translates %s', async (status) => {
        breakAll({ do: 'respond', status, body: {} }, kit().path);
        const said = await failure(first());
        expect(said.kind).toBe(run.kinds?.[status] ?? (status === 401 ? 'unauthorised' : 'forbidden'));
        expect(said.retryable).toBe(false);
        expect(said.details.remedy).toEqual(expect.any(String));
      });

      it('carries the wait a 429 asks for', async () => {
        breakAll({ do: 'respond', status: 429, body: {}, headers: { 'retry-after': '7' } }, kit().path);
        const said = await failure(first());
        expect(said.kind).toBe('rate-limited');
        expect(said.details.retryAfterMs).toBe(7000);
        expect(said.retryable).toBe(true);
      });

      it('gives up on an upstream that hangs', async () => {
        breakAll({ do: 'hang' }, kit().path);
        expect((await failure(first({ patience: { timeoutMs: 60 } }))).kind).toBe('timeout');
      });

      it('stops when cancelled', async () => {
        breakAll({ do: 'hang' }, kit().path);
        const stop = new AbortController();
        const running = first({ signal: stop.signal });
        setTimeout(() => stop.abort(new Error('stopped')), 30);
        await expect(running).rejects.toThrow('stopped');
      });

      it('repeats nothing an error body says of keys and people', async () => {
        for (const status of [400, 401, 403, 404, 409, 422, 500]) {
          run.sim.faults.clear();
          const text = run.secrets.join(' ');
          const body = { status, error: text, message: text, messages: [text], detail: text, title: text };
          breakAll({ do: 'respond', status, body }, kit().path);
          await failure(first());
        }
      });

      if (definition.auth !== 'static') {
        it('renews a token that was refused, once', async () => {
          run.sim.faults.add({ path: kit().path, times: 1, act: { do: 'respond', status: 401, body: {} } });
          const token = run.parts.token!;
          const asked: (string | undefined)[] = [];
          const page = await first({
            token: async (options) => {
              asked.push(options?.insteadOf);
              return options?.insteadOf ? `${await token(options)}` : token();
            },
          });
          expect(page.records.length).toBeGreaterThan(0);
          expect(asked.filter(Boolean).length).toBe(1);
        });
      }
    });
  });
}
