import { test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { consoleTests, looksRight } from './fixture.ts';

consoleTests('findings, in the console', (it) => {
  /** Two licences whose names a person edited in the PSA. */
  const edited = async () => {
    const scene = await Scene.withClients(it.stack);
    const refs = [await scene.licence({ seats: 2 }), await scene.licence({ seats: 3 })];
    await scene.run('subscriptions');
    await scene.edit(refs[0]!, { name: 'Ours <img src=x>' });
    await scene.edit(refs[1]!, { name: 'Ours as well' });
    await scene.run('subscriptions');
    return { scene, refs };
  };

  test('one row a cause unfolds to its findings, and an answer takes it away', async () => {
    const { scene } = await edited();
    const page = await it.open(`/findings?integrationId=${scene.integration}`);
    await page.getByRole('button', { name: '2 × Edited in the PSA' }).waitFor();
    await looksRight(page, 'findings');
    await page.getByRole('button', { name: '2 × Edited in the PSA' }).click();
    const card = page.getByRole('article').filter({ hasText: 'Ours <img src=x>' });
    await card.getByText('Microsoft 365 E3', { exact: true }).first().waitFor();
    await looksRight(page, 'findings-panel');
    await card.getByRole('button', { name: /^Keep the PSA’s value/ }).click();
    await page.getByText('The PSA’s value is kept.', { exact: true }).first().waitFor();
    await card.waitFor({ state: 'detached' });
    await page.getByRole('article').filter({ hasText: 'Ours as well' }).waitFor();

    // What another person decides is seen without a reload.
    const [left] = await scene.findings();
    await scene.answer(left, { action: 'takeOurs' });
    await page.getByText('No finding matches').waitFor();
    await page.goto(`/findings?integrationId=${scene.integration}&state=resolved`);
    await page.getByRole('button', { name: '2 × Edited in the PSA' }).click();
    await page.getByText('Decided: Keep the PSA’s value', { exact: false }).waitFor();
  });
});
