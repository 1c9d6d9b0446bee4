import { expect, onTestFinished, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { systems } from '../support/systems.ts';
import { consoleTests, tabTo } from './fixture.ts';
import { enter, go, press } from './keyboard.ts';

/** Whole ways through the console by keyboard alone: nothing here is clicked. */
consoleTests('by keyboard alone', (it) => {
  test('from the first connection to the first applied import', async () => {
    const arrow = await systems.arrowsphere({ customers: 3, subscriptions: 5 });
    const halo = await systems.halopsa({ clients: 'none' });
    onTestFinished(async () => {
      await arrow.simulator.close();
      await halo.simulator.close();
    });
    const page = await it.open('/');
    const field = (name: string) => page.getByRole('textbox', { name, exact: true });
    const add = async (system: RegExp, name: string, fields: [string, unknown][]) => {
      await press(page, page.getByRole('radio', { name: system }), 'Space');
      await enter(page, field('Name'), name);
      for (const [label, value] of fields) await enter(page, field(label), String(value));
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name, level: 1 }).waitFor();
      await page.getByText('Passed', { exact: true }).first().waitFor();
    };
    await press(page, page.getByRole('link', { name: 'Add a connection' }).last());
    await add(/^ArrowSphere/, 'Arrow DE', [
      ['Base URL', arrow.settings.baseUrl],
      ['API key', arrow.credentials.apiKey],
    ]);
    await go(page, 'c');
    await page.getByRole('link', { name: 'Arrow DE' }).waitFor();
    await page.keyboard.press('n');
    await page.getByRole('heading', { name: 'Add a connection', level: 1 }).waitFor();
    await tabTo(page, page.getByRole('radio', { name: /^ArrowSphere/ }));
    const wanted = page.getByRole('radio', { name: /^HaloPSA/ });
    for (let moves = 0; moves < 6 && !(await wanted.isChecked()); moves++)
      await page.keyboard.press('ArrowDown');
    await enter(page, field('Name'), 'Halo');
    await enter(page, field('Base URL'), String(halo.settings.baseUrl));
    await enter(page, field('Client ID'), halo.credentials.clientId!);
    await enter(page, field('Client secret'), halo.credentials.clientSecret!);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Halo', level: 1 }).waitFor();
    await page.getByText('Passed', { exact: true }).first().waitFor();

    await go(page, 't');
    await page.getByText('No integrations yet').waitFor();
    await page.keyboard.press('n');
    const may = page.getByRole('checkbox', { name: 'Create a client for a customer without one' });
    await may.waitFor();
    await tabTo(page, may);
    if (!(await may.isChecked())) await page.keyboard.press('Space');
    await press(page, page.getByRole('button', { name: 'Add the integration' }));
    await page.getByRole('heading', { name: 'Arrow DE to Halo', level: 1 }).waitFor();

    const dialog = page.getByRole('dialog');
    const preview = async (kind: 'Customers' | 'Subscriptions') => {
      await press(page, page.getByRole('button', { name: 'Start an import' }));
      await dialog.getByRole('radio', { name: new RegExp(`^${kind}`) }).waitFor();
      if (kind === 'Customers') {
        await tabTo(page, dialog.getByRole('radio', { name: /^Subscriptions/ }));
        await page.keyboard.press('ArrowUp');
      }
      await press(page, dialog.getByRole('button', { name: 'Start the preview' }));
      const approve = page.getByRole('button', { name: /^Approve all [1-9]/ });
      await approve.waitFor();
      await press(page, approve);
      await page.getByRole('heading', { name: `Import of ${kind.toLowerCase()}`, level: 1 }).waitFor();
      await page.getByRole('heading', { name: 'What it did' }).waitFor();
    };
    await preview('Customers');
    await go(page, 't');
    await press(page, page.getByRole('link', { name: 'Arrow DE to Halo' }));
    await page.getByRole('heading', { name: 'Arrow DE to Halo', level: 1 }).waitFor();
    await preview('Subscriptions');
    expect(halo.simulator.state.licences.rows.size).toBeGreaterThan(0);
    await go(page, 's');
    await page.getByText('In step', { exact: true }).first().waitFor();
  });

  test('held customers are answered: one is a client already, one is made anyway', async () => {
    const scene = await Scene.open(it.stack);
    const [first, second] = scene.customers;
    const { id } = await scene.halo('addClient', { name: first!.company.name.toUpperCase() });
    await scene.halo('addClient', { name: second!.company.name.toUpperCase() });
    await scene.run('customers');
    expect(await scene.findings('customer-held')).toHaveLength(2);

    const page = await it.open(`/findings?integrationId=${scene.integration}`);
    await press(page, page.getByRole('button', { name: /^2 × Customer held/ }));
    const card = (name: string) => page.getByRole('article').filter({ hasText: name });
    await press(page, card(first!.company.name).getByRole('button', { name: /^Map to a client…/ }));
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: first!.company.name.toUpperCase() }).waitFor();
    await press(page, dialog.getByRole('button', { name: 'Map to this client' }));
    await card(first!.company.name).waitFor({ state: 'detached' });
    await press(page, card(second!.company.name).getByRole('button', { name: /^Create anyway/ }));
    await page.getByText('No finding matches').waitFor();

    expect((await scene.mapping(first!.ref)).clientId).toBe(String(id));
    await scene.run('customers');
    expect(scene.clientOf(second!.ref).name).toBe(second!.company.name);
    expect(scene.clients).toHaveLength(4);
  });

  test('what would end at once is read by name and let through', async () => {
    const scene = await Scene.withClients(it.stack);
    const refs: string[] = [];
    for (let n = 0; n < 6; n++) refs.push(await scene.licence({ seats: 0 }));
    await scene.run('subscriptions');
    for (const ref of refs.slice(0, 4)) await scene.arrow('cancelLicense', { ref });
    await scene.run('subscriptions');
    expect(scene.rowOf(refs[0]!).is_active).toBe(true);

    const page = await it.open(`/findings?integrationId=${scene.integration}`);
    await press(page, page.getByRole('button', { name: 'Too much at once' }));
    const card = page.getByRole('article');
    await press(page, card.getByRole('button', { name: /^Let the import do it/ }));
    const dialog = page.getByRole('dialog');
    await press(page, dialog.getByRole('button', { name: 'Let the import do it' }));
    await page.getByText('Approved. The next import does it.').first().waitFor();
    expect(await scene.run('subscriptions')).toMatchObject({ counts: { deactivated: 4, held: 0 } });
    expect(scene.rowOf(refs[0]!).is_active).toBe(false);
  });
});
