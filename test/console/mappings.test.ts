import { expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { consoleTests, looksRight } from './fixture.ts';

consoleTests('mappings, in the console', (it) => {
  /** Three customers and no mapping; two of them have a client of nearly their name at HaloPSA. */
  const unmapped = async () => {
    const scene = await Scene.open(it.stack, { options: { createClients: false } });
    const [first, second, third] = scene.customers;
    for (const { company } of [first!, second!])
      await scene.halo('addClient', { name: `${company.name} GmbH` });
    await scene.licence({ customer: first!.ref, seats: 9 });
    await scene.licence({ customer: second!.ref, seats: 3 });
    await scene.run('customers');
    await scene.run('subscriptions');
    await scene.generate();
    return { scene, names: [first, second, third].map((customer) => customer!.company.name) };
  };
  const clientsOf = async (scene: Scene) =>
    Object.fromEntries(
      (await scene.mappings()).map(({ customerName, clientName, origin }) => [
        customerName,
        clientName ?? origin,
      ]),
    );

  test('are decided by keyboard, those worth most first, with what speaks for each', async () => {
    const { scene, names } = await unmapped();
    const page = await it.open(`/integrations/${scene.integration}?tab=mappings`);
    const row = page.getByRole('row').filter({ hasText: names[0] });
    await row.getByText('legal form', { exact: false }).waitFor();
    await page
      .getByRole('radio', { name: 'To map (3)' })
      .or(page.getByRole('button', { name: 'To map (3)' }))
      .first()
      .waitFor();
    await looksRight(page, 'mappings-to-map');
    await page.keyboard.press('j');
    const accept = (name: string) => page.getByRole('button', { name: `Accept ${name} GmbH for ${name}` });
    expect(
      await accept(names[0]!).evaluate((element) => element === element.ownerDocument.activeElement),
    ).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByText(`${names[0]} was mapped to ${names[0]} GmbH.`).first().waitFor();
    await row.waitFor({ state: 'detached' });
    // The next one has the focus by now.
    await expect
      .poll(() => accept(names[1]!).evaluate((element) => element === element.ownerDocument.activeElement))
      .toBe(true);
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByText(`${names[2]} was mapped to a new client.`).first().waitFor();
    expect(await clientsOf(scene)).toEqual({
      [names[0]!]: `${names[0]} GmbH`,
      [names[1]!]: null,
      [names[2]!]: 'manual',
    });
    await page.getByRole('button', { name: 'Undo' }).first().click();
    await page.getByRole('row').filter({ hasText: names[2] }).waitFor();
  });

  test('a client of another customer is warned of before it is asked for', async () => {
    const { scene, names } = await unmapped();
    const client = scene.clients.find(({ name }) => name === `${names[1]} GmbH`)!;
    await scene.map(scene.customers[0]!.ref, { clientId: String(client.id) });
    const page = await it.open(`/integrations/${scene.integration}?tab=mappings&search=${names[1]}`);
    await page
      .getByText(`Already the client of customer ${scene.customers[0]!.ref}`, { exact: false })
      .waitFor();
    await looksRight(page, 'mappings-taken-candidate');
    expect(await page.getByRole('button', { name: /^Accept/ }).count()).toBe(0);
  });

  test('come from a table, its differences first, and are taken back together', async () => {
    const { scene, names } = await unmapped();
    const page = await it.open(`/integrations/${scene.integration}?tab=mappings`);
    const file = await page.request.get(
      (await page.getByRole('link', { name: 'CSV' }).getAttribute('href'))!,
    );
    expect(file.headers()['content-type']).toMatch(/^text\/csv/);
    const choose = async (csv: string) => {
      await page.locator('input[type=file]').setInputFiles({
        name: 'mappings.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(csv),
      });
    };
    const refs = scene.customers.map(({ ref }) => ref);
    const client = scene.clients.find(({ name }) => name === `${names[0]} GmbH`)!;
    await page.getByRole('button', { name: 'From a CSV…' }).click();
    const dialog = page.getByRole('dialog');
    await choose(`customerId,clientId\n${refs[0]},${client.id}\n${refs[1]},999999\n`);
    await dialog.getByText('No client has this id', { exact: false }).waitFor();
    await looksRight(page, 'mappings-csv-wrong');
    expect(await dialog.getByRole('button', { name: 'Set 2' }).isDisabled()).toBe(true);
    await dialog.getByRole('button', { name: 'Remove mappings.csv' }).click();
    await choose(`customerId,clientId\n${refs[0]},${client.id}\n${refs[2]},create\n`);
    await dialog.getByText('2 differ.', { exact: false }).waitFor();
    await dialog.getByRole('button', { name: 'Set 2' }).click();
    await page.getByText('2 mappings were set.').first().waitFor();
    expect(await clientsOf(scene)).toMatchObject({ [names[0]!]: `${names[0]} GmbH`, [names[2]!]: 'manual' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect
      .poll(() => clientsOf(scene))
      .toEqual({ [names[0]!]: null, [names[1]!]: null, [names[2]!]: null });
  });
});
