import { expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { consoleTests, looksRight } from './fixture.ts';
import { go, press } from './keyboard.ts';

consoleTests('the overview, in the console', (it) => {
  test('an empty place leads to the first step, a quiet one says what was looked at', async () => {
    const page = await it.open('/');
    await page.getByText('Nothing is connected yet').waitFor();
    await page.getByRole('link', { name: 'Add a connection' }).waitFor();

    const scene = await Scene.withClients(it.stack);
    await scene.licence({ seats: 3 });
    await scene.run('subscriptions');
    await page.reload();
    await page.getByText('Nothing to do').waitFor();
    await page.getByText('The last sync ended', { exact: false }).waitFor();
    const row = page.getByRole('row').filter({ hasText: 'Subscriptions' });
    await row.getByText('In step', { exact: true }).waitFor();
    await row.getByText(/of 100,000 in 5 min/).waitFor();
    await it.stack.expect(204, 'DELETE', `/v1/integrations/${scene.integration}`);
  });

  test('what a person must do stands first, with what does it', async () => {
    const scene = await Scene.withClients(it.stack);
    const ref = await scene.licence({ seats: 3, patch: {} });
    await scene.run('subscriptions');
    await scene.edit(ref, { name: 'A <b>name</b> of ours' });
    await scene.run('subscriptions');
    // The distributor refuses the key from now on.
    await it.stack.sql`update imports set state = 'failed',
      problem = '{"type":"upstream-failed","title":"HaloPSA did not answer","detail":"Nothing was written."}'
      where id = (select id from imports where integration_id = ${scene.integration} order by id desc limit 1)`;

    const page = await it.open('/');
    const todo = page.getByRole('grid', { name: 'To do now' });
    const failed = todo.getByRole('row').filter({ hasText: 'HaloPSA did not answer' });
    const edited = todo.getByRole('row').filter({ hasText: 'Someone edited' });
    // Text from outside stays text.
    await edited.getByText('A <b>name</b> of ours', { exact: false }).waitFor();
    await edited.getByRole('link', { name: /^Decide/ }).waitFor();
    await looksRight(page, 'overview');
    await press(page, edited.getByRole('link', { name: /^Decide/ }));
    // What was opened has the focus, and gives it back.
    const panel = page.getByRole('article').filter({ hasText: 'A <b>name</b> of ours' });
    await press(page, panel.getByRole('button', { name: /^Keep the PSA’s value/ }));
    await page.getByText('The PSA’s value is kept.', { exact: true }).first().waitFor();
    await go(page, 'o');
    await edited.waitFor({ state: 'detached' });
    await failed.getByRole('button', { name: /^Import again/ }).click();
    await page.getByText('The import was started again.', { exact: true }).first().waitFor();
    const { items } = await it.stack.expect(200, 'GET', `/v1/imports?integrationId=${scene.integration}`);
    expect(items[0]).toMatchObject({ mode: 'apply', kind: 'subscriptions', trigger: 'manual' });
  });
});
