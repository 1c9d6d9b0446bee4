import { expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { waitFor } from '../support/wait.ts';
import { consoleTests, looksRight } from './fixture.ts';

consoleTests('subscriptions, in the console', (it) => {
  /** Two customers' licences at Halo; then one is edited there and another changed at the distributor. */
  const differing = async () => {
    const scene = await Scene.withClients(it.stack);
    const [, second] = scene.customers;
    const refs = [
      await scene.licence({ seats: 5 }),
      await scene.licence({ seats: 7 }),
      await scene.licence({ customer: second!.ref, seats: 3 }),
    ];
    await scene.run('subscriptions');
    await scene.edit(refs[0]!, { name: 'Ours <img src=x>' });
    await scene.arrow('setSeats', { ref: refs[0], seats: 8 });
    await scene.run('subscriptions');
    return { scene, refs: refs as [string, string, string] };
  };

  test('none yet leads to the first step', async () => {
    const page = await it.open('/subscriptions');
    await page.getByText('No subscriptions yet').waitFor();
    await page.getByRole('link', { name: 'Add an integration' }).waitFor();
  });

  test('the list is searched, filtered and sorted in its address, and leads to one', async () => {
    const { scene, refs } = await differing();
    const empty = await Scene.open(it.stack);
    await it.stack.expect(
      204,
      'DELETE',
      `/v1/integrations/${scene.integration}/mappings/${scene.customers[1]!.ref}`,
    );
    const page = await it.open(`/subscriptions?integrationId=${scene.integration}`);
    const table = page.getByRole('grid', { name: 'Subscriptions' });
    await table.getByText(refs[2], { exact: true }).waitFor();
    await looksRight(page, 'subscriptions');
    await page.keyboard.press('/');
    await page.keyboard.type('State');
    await page
      .getByRole('option', { name: /^State/ })
      .first()
      .click();
    await page.getByRole('option', { name: 'Not mapped (1)' }).click();
    await table.getByText(refs[0], { exact: true }).waitFor({ state: 'detached' });
    expect(new URL(page.url()).searchParams.get('state')).toBe('unmapped');
    await table.getByText(refs[2], { exact: true }).waitFor();

    await page.goto(`/subscriptions?integrationId=${scene.integration}&search=nothing-of-the-kind`);
    await page.getByText('No subscription matches').waitFor();
    await page.goto(`/subscriptions?integrationId=${scene.integration}`);
    // By key: the heading that sticks lies over it.
    await page.getByRole('button', { name: /^Quantity/ }).press('Enter');
    await page.waitForURL(/sort=quantity/);
    const quantities = async () =>
      (await table.getByRole('row').allInnerTexts())
        .slice(1)
        .map((row) => /\n(\d)\n/.exec(row.replaceAll('\t', '\n'))?.[1]);
    await waitFor(async () => (await quantities()).join() === '3,7,8', 'the order');

    // Another integration is one choice away; where nothing was read yet, the way to it is shown.
    await page.getByRole('button', { name: /^Integration/ }).click();
    await page.getByRole('option').last().click();
    await page.waitForURL((url) => url.searchParams.get('integrationId') !== scene.integration);
    await page.goto(`/subscriptions?integrationId=${empty.integration}`);
    await page.getByRole('link', { name: 'Go to the integration' }).waitFor();
    await looksRight(page, 'subscriptions-empty');
    await page.goto(`/subscriptions?integrationId=${scene.integration}&search=${refs[0]}`);
    await page.getByRole('link', { name: 'Microsoft 365 E3' }).click();
    await page.getByRole('heading', { name: 'Microsoft 365 E3', level: 1 }).waitFor();
  });

  test('one is shown on all sides, its held field is answered, and its history tells who and which import', async () => {
    const { scene, refs } = await differing();
    const page = await it.open(`/subscriptions/${scene.integration}/${refs[0]}`);
    const field = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'Name' }) });
    await field.getByText('Ours <img src=x>').first().waitFor();
    await field.getByText('Held', { exact: true }).waitFor();
    await page.getByRole('figure', { name: /^Quantity of a subscription/ }).waitFor();
    await looksRight(page, 'subscription');

    // A dot of the chart opens its event, whose address survives a reload.
    await page
      .getByRole('button', { name: /^Show what an import wrote at/ })
      .first()
      .press('Space');
    const events = page.getByRole('grid', { name: 'History' }).getByRole('row');
    await page.getByText('Only what happened at one time.').waitFor();
    const told = await events.count();
    expect(new URL(page.url()).searchParams.get('event')).toBeTruthy();
    await page.reload();
    await page.getByRole('button', { name: 'Show all events' }).click();
    await page.getByText('Only what happened at one time.').waitFor({ state: 'detached' });
    expect(await events.count()).toBeGreaterThan(told);

    await page.getByRole('checkbox', { name: 'Show as table' }).check();
    const chart = page.getByRole('figure', { name: /^Quantity of a subscription/ });
    await chart.getByRole('cell', { name: '8' }).first().waitFor();
    await chart
      .getByRole('link', { name: /^An import, which wrote/ })
      .first()
      .waitFor();
    await looksRight(page, 'subscription-table');

    // Kept for the PSA, then given back.
    await page.getByRole('button', { name: /^Keep the PSA’s value/ }).click();
    await field.getByText('Kept', { exact: true }).waitFor();
    await page.getByRole('button', { name: /^Release: Name/ }).press('Enter');
    await field.getByText('Taken back', { exact: true }).waitFor();
    await page
      .getByRole('radio', { name: 'Imports and people' })
      .or(page.getByRole('button', { name: 'Imports and people' }))
      .click();
    await page.waitForURL(/events=act/);
    const history = page.getByRole('grid', { name: 'History' });
    await history.getByText('A finding was answered').waitFor();
    await history.getByText('First admin key').first().waitFor();
    await history
      .getByRole('link', { name: /^Its item/ })
      .first()
      .click();
    await page.getByRole('heading', { name: 'What it did' }).waitFor();
    expect(new URL(page.url()).searchParams.get('search')).toBe(refs[0]);
  });

  test('a change is asked for with what it costs, by keyboard, where the distributor can do it', async () => {
    const { scene, refs } = await differing();
    const page = await it.open(`/subscriptions/${scene.integration}/${refs[1]}`);
    await page.getByRole('button', { name: 'Change…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('This integration places no changes').waitFor();
    await it.stack.expect(200, 'PATCH', `/v1/integrations/${scene.integration}`, {
      options: { changes: 'ask' },
    });
    await page.reload();
    await page.getByRole('button', { name: 'Change…' }).focus();
    await page.keyboard.press('Enter');
    await dialog.getByRole('radio', { name: /^Seats/ }).waitFor();
    const seats = dialog.getByRole('textbox', { name: 'Seats afterwards' });
    await seats.focus();
    await page.keyboard.type('7');
    await dialog.getByText('The subscription has 7 seats already.', { exact: false }).waitFor();
    expect(await dialog.getByRole('button', { name: 'Ask for this change' }).isDisabled()).toBe(true);
    await page.keyboard.type('0');
    await dialog.getByText('This integration asks a person about every change.', { exact: false }).waitFor();
    await dialog.getByText(/^\+€.* a month$/).waitFor();
    await looksRight(page, 'subscription-change');
    await dialog.getByRole('button', { name: 'Ask for this change' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('It waits for approval.', { exact: false }).first().waitFor();
    await page.getByRole('link', { name: 'Approve or reject it' }).waitFor();
    const { items } = await it.stack.expect(200, 'GET', `/v1/integrations/${scene.integration}/changes`);
    expect(items).toMatchObject([{ kind: 'quantity', wanted: { quantity: '70' }, state: 'waiting' }]);
  });

  test('what is not there is said, with the way back', async () => {
    const scene = await Scene.open(it.stack);
    const page = await it.open(`/subscriptions/${scene.integration}/nothing`);
    await page.getByText('Not found', { exact: true }).waitFor();
  });
});
