import { expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { setBack } from '../support/set-back.ts';
import { waitFor } from '../support/wait.ts';
import { consoleTests, looksRight, tabTo } from './fixture.ts';
import { enter, press } from './keyboard.ts';

const monthText = (month: string) =>
  new Date(`${month}-01`).toLocaleString('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });

consoleTests('integrations, in the console', (it) => {
  const ends = async () => {
    const source = await it.stack.connect('arrowsphere', { customers: 4, subscriptions: 8 });
    const halo = await it.stack.connect('halopsa', { clients: 'most' });
    return { source, halo };
  };
  const nameOf = async (id: string): Promise<string> =>
    (await it.stack.expect(200, 'GET', `/v1/connections/${id}`)).name;

  test('one is added, changed and deleted', async () => {
    const empty = await it.open('/integrations');
    await empty.getByText('No integrations yet').waitFor();
    const { source, halo } = await ends();
    const page = await it.open('/integrations/new');
    await page.getByRole('button', { name: /^From/ }).waitFor();
    // What needs no choosing is chosen.
    await page
      .getByText(await nameOf(source.id))
      .first()
      .waitFor();
    await page.getByRole('textbox', { name: 'Name' }).fill('Arrow <b>DE</b>');
    await page.getByRole('radio', { name: /^Observes/ }).check();
    await page.getByRole('checkbox', { name: 'Create a client for a customer without one' }).check();
    await page.getByRole('textbox', { name: 'Shrink limit (%)' }).fill('lots');
    await page.getByRole('button', { name: 'Add the integration' }).click();
    await page.getByText('Nothing was saved. Correct the marked fields.', { exact: true }).waitFor();
    expect(await page.getByRole('textbox', { name: 'Shrink limit (%)' }).getAttribute('aria-invalid')).toBe(
      'true',
    );
    await looksRight(page, 'integrations-new');
    await page.getByRole('textbox', { name: 'Shrink limit (%)' }).fill('25');
    await page.getByRole('button', { name: 'Add the integration' }).click();

    // What people write is text, never markup.
    await page.getByRole('heading', { name: 'Arrow <b>DE</b>', level: 1 }).waitFor();
    const [made] = (await it.stack.expect(200, 'GET', `/v1/integrations?connectionId=${halo.id}`)).items;
    expect(made).toMatchObject({
      sourceId: source.id,
      options: { mode: 'observe', createClients: true, shrinkLimitPercent: 25, changes: 'off' },
    });

    await page.getByRole('button', { name: 'Read anew the top levels of the destination' }).click();
    const offered = await waitFor(async () => {
      const { items } = await it.stack.expect(200, 'GET', `/v1/connections/${halo.id}/top-levels`);
      return items.length > 0 && items;
    }, 'the top levels');
    await page.getByRole('button', { name: /^Top level/ }).click();
    await page.getByRole('option', { name: offered[0].name }).first().click();
    await page.getByRole('button', { name: /^Currency/ }).click();
    await page.keyboard.type('EUR');
    await page.getByRole('option', { name: /^EUR/ }).click();
    await page.getByRole('radio', { name: /^Ask/ }).check();
    await page.getByRole('checkbox', { name: 'The requester may not approve' }).check();
    await page.getByRole('button', { name: 'Save the options' }).click();
    await page.getByText('was saved. The next import uses it.', { exact: false }).first().waitFor();
    const changed = await it.stack.expect(200, 'GET', `/v1/integrations/${made.id}`);
    expect(changed.options).toMatchObject({
      topLevelId: offered[0].id,
      currency: 'EUR',
      changes: 'ask',
      changePolicy: { fourEyes: true, autoSeats: 5 },
      shrinkLimitPercent: 25,
    });
    await looksRight(page, 'integration-options');

    // A change made by someone else meanwhile is not overwritten.
    await it.stack.expect(200, 'PATCH', `/v1/integrations/${made.id}`, { name: 'Theirs' });
    await page.getByRole('textbox', { name: 'Name' }).fill('Mine');
    await page.getByRole('button', { name: 'Save the options' }).click();
    await page.getByText('Someone else has changed it').waitFor();

    await page.goto('/integrations');
    await page.getByRole('link', { name: 'Theirs' }).waitFor();
    await looksRight(page, 'integrations');
    await page.getByRole('link', { name: 'Theirs' }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete the integration' }).click();
    await page.getByText('No integrations yet').waitFor();
    await it.stack.expect(404, 'GET', `/v1/integrations/${made.id}`);
  });

  test('customers are mapped, unmapped, and what was done is taken back', async () => {
    const scene = await Scene.withClients(it.stack);
    const path = `/v1/integrations/${scene.integration}/mappings`;
    const mapped = async (state: string) =>
      (await it.stack.expect(200, 'GET', `${path}?state=${state}`)).items as {
        customerId: string;
        customerName: string;
        clientId: string;
        clientName: string;
      }[];
    const [first, second] = await mapped('mapped');
    const isMapped = async () =>
      (await mapped('mapped')).some(({ customerId }) => customerId === first!.customerId);
    const page = await it.open(`/integrations/${scene.integration}?tab=mappings&state=all`);
    await page.getByRole('button', { name: `Unmap ${first!.customerName}` }).click();
    await page.getByText(`${first!.customerName} was unmapped.`, { exact: false }).first().waitFor();
    expect(await isMapped()).toBe(false);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: `Unmap ${first!.customerName}` }).waitFor();
    const { customerId, clientId } = first!;
    expect(await mapped('mapped')).toContainEqual(
      expect.objectContaining({ customerId, clientId, origin: 'manual' }),
    );
    await looksRight(page, 'mappings');

    // Another person's decision is not overwritten, but shown.
    await it.stack.expect(200, 'PUT', `${path}/${customerId}`, { create: true });
    await page.getByRole('button', { name: `Unmap ${first!.customerName}` }).click();
    await page.getByText('Someone else has mapped or unmapped it', { exact: false }).first().waitFor();
    await page.getByText('The next import of customers makes one').waitFor();
    await it.stack.expect(200, 'PUT', `${path}/${customerId}`, { clientId });
    await page.reload();

    // A client belongs to one customer.
    await page.getByRole('button', { name: `Unmap ${first!.customerName}` }).click();
    await page.getByRole('button', { name: `Create a client for ${first!.customerName}` }).waitFor();
    const choose = async (client: { clientId: string; clientName: string }) => {
      await page.getByRole('button', { name: new RegExp(`^Client for ${first!.customerName}`) }).click();
      await page.getByRole('combobox', { name: 'Search clients by name or id' }).fill(client.clientName);
      await page.getByRole('option', { name: client.clientName }).first().click();
    };
    await choose(second!);
    await page
      .getByText(`is the client of customer ${second!.customerId} already`, { exact: false })
      .first()
      .waitFor();
    expect(await isMapped()).toBe(false);
    await looksRight(page, 'mappings-taken');
    await choose(first!);
    await page.getByText(`${first!.customerName} was mapped to`, { exact: false }).first().waitFor();
    expect(await isMapped()).toBe(true);

    await page.getByRole('button', { name: `Unmap ${first!.customerName}` }).click();
    await page.getByRole('button', { name: `Create a client for ${first!.customerName}` }).click();
    await page.getByText('The next import of customers makes one').waitFor();
    await page.getByRole('button', { name: `Unmap ${first!.customerName}` }).click();
    await page.getByRole('button', { name: 'Map equal names…' }).click();
    await page.getByRole('dialog').getByText('1 would be mapped').waitFor();
    await looksRight(page, 'mappings-generate');
    await page.getByRole('dialog').getByRole('button', { name: 'Map 1' }).click();
    await page.getByText('1 mapped.', { exact: false }).first().waitFor();
    expect(await isMapped()).toBe(true);
  });

  test('a schedule is set, refused, paused, run and removed, by keyboard', async () => {
    const scene = await Scene.open(it.stack);
    const path = `/v1/integrations/${scene.integration}/schedule`;
    const page = await it.open(`/integrations/${scene.integration}`);
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    await press(page, page.getByRole('tab', { name: 'Options' }), 'End');
    await tabTo(page, page.getByRole('radio', { name: 'At a fixed interval' }));
    await page.keyboard.press('ArrowDown');
    await enter(page, page.getByRole('textbox', { name: 'Cron expression' }), 'every morning');
    await press(page, button('Set the schedule'));
    await page.getByText('Nothing was saved. Correct the marked fields.', { exact: true }).waitFor();
    await enter(page, page.getByRole('textbox', { name: 'Cron expression' }), '30 6 * * *');
    await press(page, page.getByRole('button', { name: /^Time zone/ }));
    await page.keyboard.type('Europe/Berlin');
    await page.getByRole('option', { name: 'Europe/Berlin' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await press(page, button('Set the schedule'));
    // The next runs, on the zone's own clock.
    await page
      .getByText(/06:30 (CET|CEST|GMT\+[12])/)
      .first()
      .waitFor();
    await looksRight(page, 'schedule');
    const set = await it.stack.expect(200, 'GET', path);
    expect(set).toMatchObject({ cron: '30 6 * * *', timeZone: 'Europe/Berlin', paused: false });
    // Another person's schedule is not overwritten, but shown.
    await it.stack.expect(200, 'PUT', path, { every: 'PT12H' });
    await enter(page, page.getByRole('textbox', { name: 'Cron expression' }), '0 7 * * *');
    await press(page, button('Save the schedule'));
    await page.getByText('someone else has set or removed', { exact: false }).first().waitFor();
    await page.getByText('Every 12 hours', { exact: true }).first().waitFor();
    await press(page, button('Pause'));
    await page.getByText('None while it is paused').waitFor();
    expect(await it.stack.expect(200, 'GET', path)).toMatchObject({ paused: true });
    await press(page, button('Resume'));
    await button('Pause').waitFor();
    await press(page, button('Run now'));
    await page.getByText('A run was started.').first().waitFor();
    await press(page, button('Remove'));
    await press(page, page.getByRole('dialog').getByRole('button', { name: 'Remove the schedule' }));
    await page.getByText('None is set', { exact: false }).first().waitFor();
    await it.stack.expect(404, 'GET', path);
  });

  test('both sides are compared, and what is not known is not called clean', async () => {
    const fresh = await Scene.open(it.stack);
    const unread = await it.open(`/integrations/${fresh.integration}/reconciliation`);
    await unread.getByText('This comparison is incomplete').waitFor();
    await unread
      .getByText("The distributor's subscriptions were not listed yet.", { exact: false })
      .first()
      .waitFor();
    expect(await unread.getByText('Both sides agree', { exact: true }).count()).toBe(0);
    await looksRight(unread, 'reconciliation-unknown');

    const scene = await Scene.withClients(it.stack);
    const ref = await scene.licence({ seats: 5 });
    await scene.run('subscriptions');
    const [, second] = scene.customers;
    await it.stack.expect(204, 'DELETE', `/v1/integrations/${scene.integration}/mappings/${second!.ref}`);
    await scene.licence({ customer: second!.ref, seats: 4 });
    await scene.edit(ref, { count: 2 });
    await scene.run('subscriptions', { mode: 'preview' });
    const month = await setBack(it.stack.sql);
    await scene.arrow('addCharge', {
      period: month,
      customer: scene.customers[0]!.ref,
      subscription: ref,
      quantity: 5,
      unitCost: 10,
    });
    await it.stack.expect(202, 'POST', `/v1/connections/${scene.source.id}/charges`, { month });
    const base = `/v1/integrations/${scene.integration}`;
    const charged = await waitFor(async () => {
      const { items } = await it.stack.expect(200, 'GET', `${base}/reconciliation?class=under-billed`);
      return items[0]?.charged?.lines > 0 && items[0].charged;
    }, 'the charges');
    const { id: statement } = await it.stack.expect(201, 'POST', `${base}/statements`, { month });
    await scene.run('subscriptions', { mode: 'preview' });
    const page = await it.open(`/integrations/${scene.integration}`);
    await page.getByRole('link', { name: 'Reconciliation' }).click();
    const under = page.getByRole('row').filter({ hasText: 'Billed too little' });
    for (const text of ['Microsoft 365 E3', 'CFQ7TTC0LFLX:0001', Number(charged.money[0].amount).toFixed(2)])
      await under.getByText(text, { exact: false }).first().waitFor();
    await under.getByRole('button', { name: /^Preview an import: Microsoft 365 E3 of / }).waitFor();
    await page.getByRole('link', { name: 'Show these 1: Active but not billed' }).click();
    await page.waitForURL(/class=active-but-unbilled/);
    await page.getByText('its customer is not mapped to a client', { exact: false }).first().waitFor();
    await looksRight(page, 'reconciliation');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download as CSV' }).click();
    expect((await download).suggestedFilename()).toMatch(/^reconciliation-.*\.csv$/);
    await page.getByRole('link', { name: /^Map / }).click();
    await page.getByRole('button', { name: /^Create a client for/ }).waitFor();

    // A month that is over has a page of its own, and is printed whole.
    await page.goBack();
    await page.getByRole('link', { name: monthText(month) }).click();
    await page
      .getByRole('heading', { name: `Statement of ${monthText(month)}`, exact: false, level: 1 })
      .waitFor();
    expect(new URL(page.url()).pathname).toBe(`/statements/${statement}`);
    await under.getByText('Microsoft 365 E3').waitFor();
    await looksRight(page, 'statement');
    await page.emulateMedia({ media: 'print' });
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    await page.getByRole('table', { name: 'Differences' }).getByText('Billed too little').waitFor();
    expect(await page.getByRole('link', { name: 'Overview' }).isVisible()).toBe(false);
    expect(await page.getByRole('button').count()).toBe(0);

    // Nothing of one cause is not the same as nothing at all.
    const filtered = await it.open(`/statements/${statement}?class=margin-below-floor`);
    await filtered.getByText('No difference matches').waitFor();
  });

  test('a change is approved or rejected with its cost and a reason', async () => {
    const scene = await Scene.withClients(it.stack);
    const [one, two] = [await scene.licence({ seats: 5 }), await scene.licence({ seats: 7 })];
    await scene.run('subscriptions');
    const path = `/v1/integrations/${scene.integration}`;
    await it.stack.expect(200, 'PATCH', path, { options: { changes: 'ask' } });
    const asked: { id: string }[] = [];
    for (const subscriptionId of [one, two])
      asked.push(
        await it.stack.expect(202, 'POST', `${path}/changes`, {
          kind: 'quantity',
          subscriptionId,
          quantity: '9',
        }),
      );
    const page = await it.open(`/approvals?integrationId=${scene.integration}`);
    await page.getByRole('button', { name: /^Reject: Quantity 5 → 9/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: /^Reason/ }).fill('Not ordered <i>by</i> them');
    await looksRight(page, 'approvals-reject');
    await dialog.getByRole('button', { name: 'Reject it' }).click();
    await page.getByText('Nothing was sent.', { exact: false }).first().waitFor();
    expect(await it.stack.expect(200, 'GET', `/v1/changes/${asked[0]!.id}`)).toMatchObject({
      state: 'rejected',
      reason: 'Not ordered <i>by</i> them',
    });
    await looksRight(page, 'approvals');
    await page.getByRole('button', { name: /^Approve: Quantity 7 → 9/ }).click();
    await dialog.getByRole('button', { name: 'Approve and place it' }).click();
    await page.getByText('Nothing waits', { exact: false }).or(page.getByText('No change matches')).waitFor();
    const ended = async () =>
      (await it.stack.expect(200, 'GET', `/v1/changes/${asked[1]!.id}`)).state === 'done' || null;
    await waitFor(ended, 'the change to be placed', { timeoutMs: 240_000 });
    await page.goto(`/approvals?integrationId=${scene.integration}&state=rejected`);
    await page.getByText('Not ordered <i>by</i> them').waitFor();
  });
});
