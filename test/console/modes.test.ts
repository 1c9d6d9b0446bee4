import { expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { consoleTests, looksRight } from './fixture.ts';

consoleTests('modes and owners, in the console', (it) => {
  test('a customer is observed, and written again only after it was asked whether to look first', async () => {
    const scene = await Scene.withClients(it.stack);
    const [customer] = scene.customers;
    await scene.licence({ customer: customer!.ref, seats: 3 });
    await scene.run('subscriptions');
    const name = String(customer!.company.name);
    const page = await it.open(`/integrations/${scene.integration}?tab=mappings&state=all`);
    const treated = page.getByRole('button', { name: `How ${name} is treated` });
    await treated.click();
    await page.getByRole('option', { name: /Observes/ }).click();
    await page.getByText(`${name}: Observes.`, { exact: false }).first().waitFor();
    expect(await scene.mapping(customer!.ref)).toMatchObject({ mode: 'observe' });
    await looksRight(page, 'mappings-treated');

    await treated.click();
    await page.getByRole('option', { name: /Writes/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Preview first' }).click();
    await page.waitForURL(/\/imports\//);
    expect(await scene.mapping(customer!.ref)).toMatchObject({ mode: 'observe' });
    const { items } = await it.stack.expect(
      200,
      'GET',
      `/v1/imports?integrationId=${scene.integration}&mode=preview`,
    );
    expect(items).toHaveLength(1);
  });

  test('a rule says who owns a field, and a whole integration is asked about alike', async () => {
    const scene = await Scene.withClients(it.stack, { options: { mode: 'observe' } });
    const path = `/v1/integrations/${scene.integration}`;
    const page = await it.open(`/integrations/${scene.integration}?tab=options`);
    await page.getByRole('button', { name: 'Add a rule' }).click();
    await page.getByRole('textbox', { name: 'Vendor of rule 1' }).fill('Microsoft');
    await looksRight(page, 'options-owners');
    await page.getByRole('button', { name: 'Save the options' }).click();
    await page.getByText('The next import uses it.', { exact: false }).first().waitFor();
    expect((await it.stack.expect(200, 'GET', path)).options.ownership).toEqual([
      { field: 'name', owner: 'theirs', vendor: 'Microsoft', sku: null },
    ]);

    await page.getByRole('radio', { name: /Writes/ }).click();
    await page.getByRole('button', { name: 'Save the options' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Write from now on' }).click();
    await expect.poll(async () => (await it.stack.expect(200, 'GET', path)).options.mode).toBe('apply');
  });
});
