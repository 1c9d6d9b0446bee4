import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../db/client.ts';
import { atHalo, expectLicencesTrue, type ImportSetting, importSetting } from '../support/import-setting.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';

/** Writes in doubt cost few calls and hold nothing up. */
let stack: Stack;
beforeAll(async () => {
  // Long beside what the rest takes to write.
  stack = await startStack({ patience: { requestMs: 20_000, droppedMs: 8_000, timeoutMs: 8_000 } });
});
afterAll(() => stack?.close());

const toLicences = { method: 'POST', path: '/api/SoftwareLicence' } as const;

/** What Halo was asked about licences since `from` requests, in order: a create, a client's list, a link, all. */
const askedSince = ({ destination }: ImportSetting, from: number) =>
  destination.simulator.requests
    .slice(from)
    .filter(({ path }) => path === '/api/SoftwareLicence' || path === '/api/ExternalLink')
    .map(({ method, query }) =>
      method === 'POST'
        ? 'create'
        : query.includes('client_id=')
          ? 'client'
          : query.includes('third_party_id=')
            ? 'link'
            : query.includes('orderdesc=')
              ? 'newest'
              : 'list',
    );

/** Clients, and the first licences, so that it is known where our id stays. */
async function begun(customers: number, batchSize: number) {
  const setting = await importSetting(stack, {
    arrow: { customers, subscriptions: 8 },
    settings: { batchSize },
  });
  await setting.customers();
  await setting.subscriptions();
  const { state, url } = setting.source.simulator;
  const add = async (count: number) => {
    const refs = state.customers.filter((one) => !one.deletedAt && one.ref !== state.reference);
    for (let i = 0; i < count; i++)
      await fetch(`${url}/__control/do/addLicense`, {
        method: 'POST',
        body: JSON.stringify({
          customer: refs[i % refs.length]!.ref,
          seats: i + 1,
          product: { name: `Product ${i}` },
        }),
      });
  };
  return { setting, add };
}

test('while a write in doubt waits the others go on, and one list of a client settles it', async () => {
  const { setting, add } = await begun(1, 3);
  await add(12);
  const { faults, requests } = setting.destination.simulator;
  // The first and the third batch are lost, one of them after it was written.
  faults.add({ ...toLicences, act: { do: 'drop-reply' } }, { ...toLicences, after: 2, act: { do: 'drop' } });
  const from = requests.length;
  expect(await setting.subscriptions()).toMatchObject({ state: 'completed', counts: { created: 12 } });
  await expectLicencesTrue(setting);
  const asked = askedSince(setting, from);
  const writing = asked.slice(asked.indexOf('create'));
  expect(writing.slice(0, 4)).toEqual(['create', 'create', 'create', 'create']);
  // At most a look when nothing else is left, one when the wait is over, and one at the end; never the whole list again.
  expect(writing.filter((what) => what === 'client').length).toBeLessThanOrEqual(4);
  expect(writing.filter((what) => what === 'link').length).toBeLessThanOrEqual(6);
  expect(writing).not.toContain('list');
});

test('a write that Halo itself answers 500 is read back with one call and sent again', async () => {
  const { setting, add } = await begun(1, 5);
  await add(5);
  const { faults, requests } = setting.destination.simulator;
  faults.add({ ...toLicences, act: { do: 'respond', status: 500, body: { error: 'no' } } });
  const from = requests.length;
  expect(await setting.subscriptions()).toMatchObject({ state: 'completed', counts: { created: 5 } });
  await expectLicencesTrue(setting);
  const asked = askedSince(setting, from);
  expect(asked.slice(asked.indexOf('create'))).toEqual(['create', 'client', 'create']);
});

test('a batch of several clients is read back with one list of the newest licences', async () => {
  const { setting, add } = await begun(5, 50);
  await add(15);
  const { faults, requests } = setting.destination.simulator;
  faults.add(
    { ...toLicences, act: { do: 'respond', status: 500 } },
    { ...toLicences, act: { do: 'respond', status: 500, handled: true } },
  );
  const from = requests.length;
  expect(await setting.subscriptions()).toMatchObject({ state: 'completed', counts: { created: 15 } });
  await expectLicencesTrue(setting);
  const asked = askedSince(setting, from);
  const writing = asked.slice(asked.indexOf('create'));
  const links = Array<string>(15).fill('link');
  expect(writing).toEqual(['create', 'newest', 'create', 'newest', ...links]);
});

test('a write that was done and answered 500 is found and not sent again', async () => {
  const { setting, add } = await begun(2, 5);
  await add(5);
  const { faults } = setting.destination.simulator;
  faults.add({ ...toLicences, act: { do: 'respond', status: 500, handled: true } });
  const posts = setting.posts('SoftwareLicence');
  expect(await setting.subscriptions()).toMatchObject({ state: 'completed', counts: { created: 5 } });
  expect(setting.posts('SoftwareLicence') - posts).toBe(1);
  await expectLicencesTrue(setting);
});

test('a request that comes through after its read-back is found at the end, by few calls', async () => {
  const { setting, add } = await begun(1, 5);
  await add(3);
  const { sql } = stack;
  const other = connect(stack.databaseUrl, { max: 1 });
  try {
    // The worker is held where it has read back and is about to send again.
    await sql`create function hold() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock(4711); return new; end $$`;
    await sql`create trigger hold before update on writes for each row
      when (new.state = 'retried') execute function hold()`;
    const lock = await other.reserve();
    await lock`select pg_advisory_lock(4711)`;
    setting.destination.simulator.faults.add({ ...toLicences, act: { do: 'drop' } });
    const id = await setting.begin('subscriptions');
    const held = () =>
      sql`select 1 from pg_locks where locktype = 'advisory' and objid = 4711 and not granted`;
    await waitFor(async () => (await held()).length > 0, 'the write to be given up');
    const [item] = await sql<{ external: string; client: string; name: string }[]>`
      select external_id as external, client_id as client, after ->> 'name' as name from items
      where import_id = ${id} and outcome = 'planned' order by seq limit 1`;
    const [type] = await sql<{ type: string }[]>`
      select third_party_type as type from links where connection_id = ${setting.destination.id}
        and third_party_type like '%:subscription' limit 1`;
    const late = await atHalo(setting, 'addLicence', {
      client_id: Number(item!.client), name: item!.name, distributor: 'ArrowSphere',
      new_external_link: { third_party_id: item!.external, third_party_type: type!.type },
    }); // biome-ignore format: one record
    const from = setting.destination.simulator.requests.length;
    await lock`select pg_advisory_unlock(4711)`;
    lock.release();
    expect(await stack.importEnds(id)).toMatchObject({ state: 'completed', counts: { created: 3 } });
    const twice = [...setting.halo.links.rows.values()].filter(
      ({ third_party_id }) => third_party_id === item!.external,
    );
    const active = twice.filter(({ halo_id }) => setting.halo.licences.rows.get(halo_id)!.is_active);
    expect([twice.length, active.map(({ halo_id }) => halo_id)]).toEqual([2, [late.id]]);
    expect(await setting.findings('doubles')).toHaveLength(1);
    expect(askedSince(setting, from)).not.toContain('list');
  } finally {
    await sql`drop function if exists hold() cascade`;
    await other.end();
  }
});
