import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';

/** Design §3, "Subscriptions": the fields of a licence, how it is found, and who owns each field. */
let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.close());

describe('what is written', () => {
  test('every field of a licence says what the distributor says', async () => {
    const scene = await Scene.withClients(stack, { options: { timeZone: 'Europe/Berlin' } });
    const customer = scene.customers[0]!.ref;
    const ref = await scene.licence({
      seats: 7,
      term: 'P1Y',
      cycle: 'annual',
      patch: {
        offer: 'Fancy “Suite” – Größe 2',
        price: { buy_price: 12.3456, sell_price: 15.5, currency: 'EUR' },
        start_date: '2026-01-31T23:30:00.000Z',
        end_date: '2026-07-31T22:30:00.000Z',
        auto_renew: false,
        sku: 'SKU-1',
        priceband_vendor_sku: 'VENDOR-1',
        vendor_name: 'Contoso',
      },
    });
    const run = await scene.run('subscriptions');
    expect(run).toMatchObject({ state: 'completed', counts: { created: 1, failed: 0 } });
    expect(scene.rowOf(ref)).toMatchObject({
      client_id: scene.clientOf(customer).id,
      name: 'Fancy “Suite” – Größe 2',
      count: 7,
      purchase_price: 12.3456,
      price: 15.5,
      // Winter time is an hour ahead of UTC, summer time two.
      start_date: '2026-02-01T00:30:00',
      end_date: '2026-08-01T00:30:00',
      status: 'Active',
      term_duration: 'P1Y',
      billing_cycle: 'Annual',
      autorenew: false,
      distributor: 'ArrowSphere',
      product_sku: 'SKU-1',
      vendor_product_sku: 'VENDOR-1',
      vendor: 'Contoso',
      is_active: true,
      deleted: false,
      thirdparty_client_id: customer,
    });
    const account = scene.source.simulator.state.reference;
    const link = scene.links.find((one) => one.third_party_id === ref);
    expect(link).toMatchObject({
      third_party_type: `arrowsphere:${account}:subscription`,
      third_party_secondary_id: customer,
    });
    expect(scene.links.find((one) => one.third_party_id === customer)).toMatchObject({
      third_party_type: `arrowsphere:${account}:customer`,
    });
  });

  test('quantity 0 is written as 0, 2.5 as 2.5, and cents survive', async () => {
    const scene = await Scene.withClients(stack);
    const none = await scene.licence({ seats: 0, patch: { price: { buy_price: 0, sell_price: 0.07 } } });
    const part = await scene.licence({
      seats: 2.5,
      patch: { price: { buy_price: 0.1, sell_price: 1099.99 } },
    });
    await scene.run('subscriptions');
    expect(scene.rowOf(none)).toMatchObject({ count: 0, purchase_price: 0, price: 0.07 });
    expect(scene.rowOf(part)).toMatchObject({ count: 2.5, purchase_price: 0.1, price: 1099.99 });
    await scene.arrow('setSeats', { ref: part, seats: 0 });
    await scene.run('subscriptions');
    expect(scene.rowOf(part)).toMatchObject({ count: 0, is_active: true });
  });

  test('a date without a zone stays that date, an instant is the clock of the zone', async () => {
    const [row] = await stack.sql`select
      local_time('2026-03-29', 'America/New_York') as plain,
      local_time('2026-03-29T00:59:59Z', 'Europe/Berlin') as winter,
      local_time('2026-03-29T01:00:00Z', 'Europe/Berlin') as summer,
      local_time('2026-03-29T01:00:00Z', 'UTC') as utc`;
    expect(row).toEqual({
      plain: '2026-03-29T00:00:00',
      winter: '2026-03-29T01:59:59',
      summer: '2026-03-29T03:00:00',
      utc: '2026-03-29T01:00:00',
    });
  });

  test('suspended is created as suspended and active, a trial is marked', async () => {
    const scene = await Scene.withClients(stack);
    const suspended = await scene.licence({ patch: { state: 'suspended' } });
    const trial = await scene.licence({ patch: { trial: true } });
    await scene.run('subscriptions');
    expect(scene.rowOf(suspended)).toMatchObject({ status: 'Suspended', is_active: true });
    expect(scene.rowOf(trial).name).toMatch(/trial/i);
  });

  test('ended or pending at first sight is in the ledger and not created', async () => {
    const scene = await Scene.withClients(stack);
    const refs: string[] = [];
    for (const state of ['cancelled', 'expired', 'pending'])
      refs.push(await scene.licence({ patch: { state } }));
    const run = await scene.run('subscriptions');
    expect(run).toMatchObject({ state: 'completed', counts: { created: 0, skipped: 3 } });
    for (const ref of refs) {
      expect(scene.rowsOf(ref)).toEqual([]);
      expect(await scene.item(run.id, ref)).toMatchObject({ rule: 'not_alive', outcome: 'skipped' });
    }
    const ledger = await stack.expect(200, 'GET', `/v1/connections/${scene.source.id}/subscriptions`);
    expect(ledger.items).toHaveLength(3);
  });

  test('a missing quantity is held, but usage gets 1 and no price', async () => {
    const scene = await Scene.withClients(stack);
    const unknown = await scene.licence();
    await scene.arrow('breakLicense', { ref: unknown, mode: 'noquantity' });
    const usage = await scene.licence({ patch: { type: 'consumption', seat: null, base_seat: null } });
    const known = await scene.licence({ seats: 9 });
    const run = await scene.run('subscriptions');
    expect(run).toMatchObject({ state: 'completed', counts: { created: 2, held: 1 } });
    expect(scene.rowsOf(unknown)).toEqual([]);
    expect(scene.rowOf(usage)).toMatchObject({ count: 1, price: 0, purchase_price: 0 });
    expect(scene.rowOf(known)).toMatchObject({ count: 9 });
    expect((await scene.finding('quantity-missing')).subject).toMatchObject({ externalId: unknown });

    // It is lost later: the existing value is kept.
    await scene.arrow('breakLicense', { ref: known, mode: 'noquantity' });
    await scene.arrow('breakLicense', { ref: unknown });
    await scene.run('subscriptions');
    expect(scene.rowOf(known)).toMatchObject({ count: 9, is_active: true });
    expect(scene.rowOf(unknown)).toMatchObject({ count: 5 });
    expect((await scene.finding('quantity-missing')).subject).toMatchObject({ externalId: known });
  });

  test('a status we do not know is held, and a person sees the word', async () => {
    const scene = await Scene.withClients(stack);
    const ref = await scene.licence({
      patch: { isEnabled: false, status_label: 'frobnicated', status_code: 99 },
    });
    const run = await scene.run('subscriptions');
    expect(run).toMatchObject({ counts: { created: 0, held: 1 } });
    expect((await scene.finding('status-unknown')).message).toContain('frobnicated');
    await scene.arrow('setLicense', { ref, patch: { isEnabled: true, status_label: 'activation_ok' } });
    await scene.run('subscriptions');
    expect(scene.rowOf(ref)).toMatchObject({ status: 'Active' });
    expect(await scene.findings('status-unknown')).toEqual([]);
  });

  test('a status we do not know, of a licence of ours, changes nothing until it is answered', async () => {
    const scene = await Scene.withClients(stack);
    const ref = await scene.licence();
    await scene.run('subscriptions');
    const before = scene.dump();
    await scene.arrow('setLicense', {
      ref,
      patch: { isEnabled: false, status_label: 'frobnicated', status_code: 99 },
    });
    for (let n = 0; n < 2; n++) {
      expect(await scene.run('subscriptions')).toMatchObject({
        state: 'completed',
        counts: { updated: 0, deactivated: 0 },
      });
      expect((await scene.finding('status-unknown')).subject).toMatchObject({ externalId: ref });
      expect(scene.dump()).toEqual(before);
    }
    await scene.arrow('setLicense', { ref, patch: { isEnabled: true, status_label: 'activation_ok' } });
    await scene.run('subscriptions');
    expect(await scene.findings('status-unknown')).toEqual([]);
    expect(scene.rowOf(ref)).toMatchObject({ status: 'Active', is_active: true });
  });

  test('with a currency, rows in another one are written without prices and a finding opens', async () => {
    const scene = await Scene.withClients(stack, { options: { currency: 'EUR' } });
    const euro = await scene.licence({ patch: { price: { buy_price: 3, sell_price: 4 } } });
    const dollar = await scene.licence({
      patch: { currency: 'USD', price: { buy_price: 3, sell_price: 4, currency: 'USD' } },
    });
    await scene.run('subscriptions');
    expect(scene.rowOf(euro)).toMatchObject({ count: 5, purchase_price: 3, price: 4 });
    expect(scene.rowOf(dollar)).toMatchObject({ count: 5, purchase_price: 0, price: 0 });
    expect((await scene.finding('currency')).message).toContain('1 in USD');
  });

  test('subscriptions of customers that are not mapped are skipped and reported', async () => {
    const scene = await Scene.open(stack, { options: { createClients: false } });
    await scene.run('customers');
    const ref = await scene.licence();
    const run = await scene.run('subscriptions');
    expect(run).toMatchObject({ state: 'completed', counts: { created: 0, skipped: 1 } });
    expect(await scene.item(run.id, ref)).toMatchObject({ rule: 'customer_unmapped', outcome: 'skipped' });
    expect(scene.licences).toEqual([]);
  });

  test('only the chosen customers are imported', async () => {
    const scene = await Scene.withClients(stack);
    const [one, two] = scene.customers;
    const chosen = await scene.licence({ customer: one!.ref });
    const other = await scene.licence({ customer: two!.ref });
    await scene.run('subscriptions', { customerIds: [one!.ref] });
    expect(scene.rowsOf(chosen)).toHaveLength(1);
    expect(scene.rowsOf(other)).toEqual([]);
  });

  test('a customer mapped to another client takes its licences along', async () => {
    const scene = await Scene.withClients(stack);
    const ref = await scene.licence();
    await scene.run('subscriptions');
    const { id } = await scene.halo('addClient', { name: 'Another home' });
    await stack.expect(200, 'GET', `/v1/connections/${scene.destination.id}/clients?refresh=true`);
    await scene.map(scene.customers[0]!.ref, { clientId: `${id}` });
    const run = await scene.run('subscriptions');
    expect(scene.rowOf(ref)).toMatchObject({ client_id: id, is_active: true });
    expect((await scene.item(run.id, ref)).after).toMatchObject({ clientId: `${id}` });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { updated: 0, unchanged: 1 } });
  });
});

test('changes listed while an import writes are written by the next one', async () => {
  const scene = await Scene.withClients(stack);
  const ref = await scene.licence({ seats: 5 });
  await scene.run('subscriptions');
  await scene.arrow('setSeats', { ref, seats: 6 });
  const posts = () => scene.changes.filter(({ path }) => path === '/api/SoftwareLicence').length;
  const before = posts();
  scene.destination.simulator.faults.add({
    method: 'POST',
    path: '/api/SoftwareLicence',
    act: { do: 'delay', ms: 8_000 },
  });
  const running = await scene.begin('subscriptions');
  await waitFor(() => posts() > before, 'the write to be under way');
  await scene.arrow('setSeats', { ref, seats: 7 });
  await stack.expect(202, 'POST', `/v1/connections/${scene.source.id}/collections`, {
    kind: 'subscriptions',
  });
  const listed = () => stack.sql`
    select 1 from subscriptions where connection_id = ${scene.source.id} and id = ${ref} and quantity = 7`;
  await waitFor(async () => (await listed()).length > 0, 'the new quantity to be listed');
  await stack.importEnds(running.id);
  expect(scene.rowOf(ref)).toMatchObject({ count: 6 });
  expect(await scene.run('subscriptions')).toMatchObject({ counts: { updated: 1 } });
  expect(scene.rowOf(ref)).toMatchObject({ count: 7 });
});

describe('how a licence is found', () => {
  test('a row that carries its id by external link is adopted, and only what is ours is written', async () => {
    const scene = await Scene.withClients(stack);
    const ref = await scene.licence({ patch: { price: { buy_price: 3, sell_price: 4 } } });
    const client = scene.clientOf(scene.customers[0]!.ref);
    const row = await scene.halo('addLicence', {
      name: 'Named by a person',
      client_id: client.id,
      count: 2,
      price: 99,
      distributor: 'ArrowSphere',
      new_external_link: { third_party_id: ref },
    });
    // One that must be created has the links read at all.
    const other = await scene.licence();
    const run = await scene.run('subscriptions');
    expect(run).toMatchObject({ counts: { created: 1, updated: 1 } });
    expect(scene.rowOf(ref)).toMatchObject({
      id: row.id,
      name: 'Named by a person',
      price: 99,
      count: 5,
      purchase_price: 3,
    });
    expect(scene.rowsOf(other)).toHaveLength(1);
    // Name and price stay theirs.
    await scene.run('subscriptions');
    expect(scene.rowOf(ref)).toMatchObject({ name: 'Named by a person', price: 99 });
  });

  test('rows of another distributor, of people and of other integrations are never touched', async () => {
    const scene = await Scene.withClients(stack);
    const ref = await scene.licence();
    const client = scene.clientOf(scene.customers[0]!.ref);
    const add = (more: object) =>
      scene.halo('addLicence', { name: 'Microsoft 365 E3', client_id: client.id, count: 5, ...more });
    await add({ distributor: 'StreamOne Ion', new_external_link: { third_party_id: ref } });
    await add({ distributor: 'ArrowSphere', product_sku: 'CFQ7TTC0LFLX:0001' });
    await add({
      distributor: 'ArrowSphere',
      new_external_link: { third_party_id: ref, third_party_type: 'arrowsphere:XSP999:subscription' },
    });
    await add({ distributor: 'ArrowSphere', new_external_link: { third_party_id: `${ref}0` } });
    const before = scene.licences;
    await scene.run('subscriptions');
    await scene.arrow('setSeats', { ref, seats: 6 });
    await scene.run('subscriptions');
    await scene.arrow('cancelLicense', { ref });
    await scene.run('subscriptions');
    expect(scene.licences.slice(0, before.length)).toEqual(before);
    expect(scene.licences).toHaveLength(before.length + 1);
  });

  test('a licence deleted at Halo is made again', async () => {
    const scene = await Scene.withClients(stack);
    const ref = await scene.licence();
    await scene.licence();
    await scene.run('subscriptions');
    const { id } = scene.rowOf(ref);
    await scene.halo('removeLicence', { id });
    const run = await scene.run('subscriptions');
    expect(run).toMatchObject({ counts: { created: 1 } });
    expect(scene.rowOf(ref).id).not.toBe(id);
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { created: 0, unchanged: 2 } });
  });

  test('many gone at once are held until a person approves, or for good when rejected', async () => {
    const scene = await Scene.withClients(stack);
    const refs: string[] = [];
    for (let i = 0; i < 6; i++) refs.push(await scene.licence());
    await scene.run('subscriptions');
    for (const ref of refs.slice(0, 4)) await scene.halo('removeLicence', { id: scene.rowOf(ref).id });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { created: 0, held: 4 } });
    const finding = await scene.finding('licences-gone');
    expect(finding.subject.externalIds.sort()).toEqual(refs.slice(0, 4).sort());
    await scene.answer(finding, { action: 'reject' });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { created: 0, held: 0, skipped: 4 } });
    expect(await scene.findings('licences-gone')).toEqual([]);

    const others = await Scene.withClients(stack);
    for (let i = 0; i < 5; i++) await others.licence();
    await others.run('subscriptions');
    for (const { id } of others.licences.slice(1)) await others.halo('removeLicence', { id });
    await others.run('subscriptions');
    await others.answer(await others.finding('licences-gone'), { action: 'approve' });
    expect(await others.run('subscriptions')).toMatchObject({ counts: { created: 4 } });
  });

  // An agent that lost its rights sees as little.
  test('all gone at once are held however few, and made again once a person approves', async () => {
    const scene = await Scene.withClients(stack);
    const refs = [await scene.licence(), await scene.licence()];
    await scene.run('subscriptions');
    for (const { id } of scene.licences) await scene.halo('removeLicence', { id });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { created: 0, held: 2 } });
    const finding = await scene.finding('licences-gone');
    expect(finding.subject.externalIds.sort()).toEqual(refs.sort());
    await scene.answer(finding, { action: 'approve' });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { created: 2 } });
  });

  test('what a link names is not made while no licence is shown', async () => {
    const scene = await Scene.withClients(stack);
    const ref = await scene.licence();
    const client = scene.clientOf(scene.customers[0]!.ref);
    const new_external_link = { third_party_id: ref };
    await scene.halo('addLicence', {
      name: 'Theirs',
      client_id: client.id,
      count: 5,
      distributor: 'ArrowSphere',
      new_external_link,
    });
    await scene.halo('removeLicence', { id: scene.licences[0]!.id, keepLinks: true });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { created: 0, held: 1 } });
    expect((await scene.finding('licences-gone')).subject.externalIds).toEqual([ref]);
  });
});

describe('whose a field is', () => {
  test('ours edited at Halo are overwritten and noted', async () => {
    const scene = await Scene.withClients(stack);
    const ref = await scene.licence({ seats: 5 });
    await scene.run('subscriptions');
    await scene.edit(ref, { count: 50, status: 'Whatever', purchase_price: 1, distributor: 'ArrowSphere ' });
    const run = await scene.run('subscriptions');
    expect(run).toMatchObject({ counts: { updated: 1, held: 0 } });
    const item = await scene.item(run.id, ref);
    expect(item).toMatchObject({
      rule: 'edit_overwritten',
      before: { quantity: '50' },
      after: { quantity: '5' },
    });
    expect(item.message).toMatch(/quantity/);
    expect(scene.rowOf(ref)).toMatchObject({ count: 5, status: 'Active' });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { updated: 0, unchanged: 1 } });
  });

  test('name and sale price edited at Halo are held while the rest is written, import after import', async () => {
    const scene = await Scene.withClients(stack);
    const ref = await scene.licence({ seats: 5, patch: { price: { buy_price: 3, sell_price: 4 } } });
    await scene.run('subscriptions');
    await scene.edit(ref, { name: 'Our name for it', price: 9.99 });
    await scene.arrow('setSeats', { ref, seats: 6 });
    const first = await scene.run('subscriptions');
    expect(await scene.item(first.id, ref)).toMatchObject({
      outcome: 'applied',
      after: { quantity: '6' },
      held: { name: { theirs: 'Our name for it' }, unitPrice: { ours: '4', theirs: '9.99' } },
    });
    const theirs = { name: 'Our name for it', price: 9.99 };
    expect(scene.rowOf(ref)).toMatchObject({ count: 6, ...theirs });

    // Nothing moved: held all the same, and nothing is written.
    const writes = scene.writes;
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { held: 1, updated: 0 } });
    expect(scene.writes).toBe(writes);

    // The distributor changes price and cost.
    await scene.arrow('setLicense', {
      ref,
      patch: { price: { buy_price: 5, sell_price: 7 }, offer: 'Renamed' },
    });
    const third = await scene.run('subscriptions');
    expect((await scene.item(third.id, ref)).held).toMatchObject({
      unitPrice: { ours: '7', theirs: '9.99' },
    });
    expect(scene.rowOf(ref)).toMatchObject({ purchase_price: 5, ...theirs });
    await scene.arrow('setLicense', { ref, patch: { price: { sell_price: 8 } } });
    await scene.run('subscriptions');
    await scene.run('subscriptions');
    expect(scene.rowOf(ref)).toMatchObject(theirs);
  });

  test('a held price is a finding: theirs is kept for good, or ours taken once', async () => {
    const scene = await Scene.withClients(stack);
    const ref = await scene.licence({ patch: { price: { buy_price: 3, sell_price: 4 } } });
    await scene.run('subscriptions');
    await scene.edit(ref, { price: 10 });
    await scene.run('subscriptions');
    const finding = await scene.finding('edited');
    expect(finding).toMatchObject({
      cause: 'edited:unitPrice',
      subject: { externalId: ref, fields: ['unitPrice'] },
    });
    expect(finding.message).toContain('sale price “10” instead of “4”');
    await scene.answer(finding, { action: 'keepTheirs' });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { held: 0, updated: 0, unchanged: 1 } });
    expect(await scene.findings('edited')).toEqual([]);
    await scene.arrow('setLicense', { ref, patch: { price: { sell_price: 5 } } });
    await scene.run('subscriptions');
    expect(scene.rowOf(ref)).toMatchObject({ price: 10 });

    await scene.edit(ref, { name: 'Mine' });
    await scene.run('subscriptions');
    await scene.answer(await scene.finding('edited'), { action: 'takeOurs' });
    const run = await scene.run('subscriptions');
    expect(await scene.item(run.id, ref)).toMatchObject({ outcome: 'applied', before: { name: 'Mine' } });
    expect(scene.rowOf(ref)).toMatchObject({ name: 'Microsoft 365 E3', price: 10 });
    expect(await scene.findings('edited')).toEqual([]);
  });

  test('a person who sets the price we want ends the hold', async () => {
    const scene = await Scene.withClients(stack);
    const ref = await scene.licence({ patch: { price: { buy_price: 3, sell_price: 4 } } });
    await scene.run('subscriptions');
    await scene.edit(ref, { price: 6 });
    await scene.arrow('setLicense', { ref, patch: { price: { sell_price: 6 } } });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { held: 0, unchanged: 1 } });
    await scene.arrow('setLicense', { ref, patch: { price: { sell_price: 7 } } });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { updated: 1, held: 0 } });
    expect(scene.rowOf(ref)).toMatchObject({ price: 7 });
  });

  test('what Halo rounds is no edit and is not written again and again', async () => {
    const scene = await Scene.withClients(stack, { halo: { moneyPlaces: 2, integerCount: true } });
    const ref = await scene.licence({
      seats: 2.5,
      patch: { price: { buy_price: 3.4567, sell_price: 4.5678 } },
    });
    await scene.run('subscriptions');
    expect(scene.rowOf(ref)).toMatchObject({ count: 2, purchase_price: 3.46, price: 4.57 });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { unchanged: 1, updated: 0, held: 0 } });
    // Something that is none of the rounded fields changes at the distributor, or nothing that we write.
    const changes = scene.changes.length;
    await scene.arrow('setLicense', { ref, patch: { message: 'new' } });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { unchanged: 1, updated: 0 } });
    expect(scene.changes.length).toBe(changes);
    await scene.arrow('setLicense', { ref, patch: { auto_renew: false } });
    const run = await scene.run('subscriptions');
    expect(await scene.item(run.id, ref)).toMatchObject({
      rule: 'changed_at_distributor',
      after: { autoRenew: false },
      held: null,
    });
    expect(Object.keys((await scene.item(run.id, ref)).after)).toEqual(['autoRenew']);
    // The person's price is one.
    await scene.edit(ref, { price: 4.58 });
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { held: 1 } });
  });
});
