import { expect, test } from 'vitest';
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
    await page.getByText('Keep the PSA’s value, by', { exact: false }).first().waitFor();
  });

  test('an answer is taken back, by the notice and later, and a dialog outlives a change of width', async () => {
    const { scene } = await edited();
    const page = await it.open(`/findings?integrationId=${scene.integration}`);
    const both = page.getByRole('button', { name: '2 × Edited in the PSA' });
    await both.waitFor();
    await page.keyboard.press('j');
    expect(await both.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    await page.getByRole('button', { name: /^Keep the PSA’s value: all 2/ }).click();
    await page
      .getByText('Nothing to decide', { exact: false })
      .or(page.getByText('No finding matches'))
      .waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await both.waitFor();
    expect(await scene.findings('edited')).toHaveLength(2);

    await page.getByRole('button', { name: /^Mute: / }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('Until the move');
    await page.setViewportSize({ width: 500, height: 900 });
    await page
      .getByRole('heading', { name: /Edited in the PSA/ })
      .or(page.getByText('Edited in the PSA'))
      .first()
      .waitFor();
    expect(await dialog.getByRole('textbox', { name: 'Reason' }).inputValue()).toBe('Until the move');
    await page.setViewportSize({ width: 1280, height: 900 });
    await dialog.getByRole('button', { name: 'Mute' }).click();
    await page.getByText('Muted until', { exact: false }).first().waitFor();
    await page.goto(`/findings?integrationId=${scene.integration}&state=muted`);
    await page.getByRole('button', { name: '2 × Edited in the PSA' }).click();
    await page.getByRole('button', { name: 'Open it now' }).first().click();
    await page.getByText('Open again.').first().waitFor();
  });

  test('two people at one finding: the slower one sees who decided what', async () => {
    const { scene } = await edited();
    const [one] = await scene.findings('edited');
    const page = await it.open(`/findings?integrationId=${scene.integration}&finding=${one.id}`);
    const card = page.getByRole('article').filter({ hasText: one.message });
    await card.getByRole('button', { name: /^Take the distributor’s value/ }).waitFor();
    // The page learns of it only when it polls.
    await scene.answer(one, { action: 'keepTheirs', reason: 'as agreed' });
    await card.getByRole('button', { name: /^Take the distributor’s value/ }).click();
    await page
      .getByText('Already decided. Keep the PSA’s value, by First admin key. as agreed')
      .first()
      .waitFor();
    await page.getByRole('article').getByText('as agreed', { exact: false }).waitFor();
    await looksRight(page, 'findings-decided');

    // And what is only looked at changes by itself.
    const [other] = await scene.findings('edited');
    await page.goto(`/findings?integrationId=${scene.integration}&finding=${other.id}`);
    await page.getByRole('article').filter({ hasText: other.message }).waitFor();
    await scene.answer(other, { action: 'takeOurs' });
    await page.getByRole('article').getByRole('button', { name: 'Take the answer back' }).click();
    await page.getByText('Open again.').first().waitFor();
    expect(await scene.findings('edited')).toHaveLength(1);
  });
});
