import { expect, onTestFinished, test } from 'vitest';
import { showWaiting } from '../../db/imports/progress.ts';
import { Scene } from '../support/scene.ts';
import { consoleTests, looksRight } from './fixture.ts';
import { press } from './keyboard.ts';

consoleTests('imports and previews, in the console', (it) => {
  /** Three licences at Halo; then one ended, one changed and one new at the distributor. */
  const changed = async () => {
    const scene = await Scene.withClients(it.stack, { options: { shrinkLimitPercent: 100 } });
    const refs: string[] = [];
    for (let i = 0; i < 3; i++) refs.push(await scene.licence({ seats: 2 }));
    await scene.run('subscriptions');
    await scene.arrow('cancelLicense', { ref: refs[0] });
    await scene.arrow('setSeats', { ref: refs[1], seats: 9 });
    refs.push(await scene.licence({ seats: 4 }));
    return { scene, refs };
  };

  test('the list is filtered in its address and leads to an import and its story', async () => {
    const { scene } = await changed();
    const page = await it.open('/imports');
    await page.getByRole('link', { name: 'Import of customers' }).first().waitFor();
    await looksRight(page, 'imports');
    await page.goto(`/imports?kind=subscriptions&integrationId=${scene.integration}`);
    await page.getByRole('link', { name: 'Import of subscriptions' }).first().click();
    await page.getByRole('heading', { name: 'What it did' }).waitFor();
    await page.getByText('The listing is complete.', { exact: false }).waitFor();
    await page.getByRole('link', { name: /^Its run in Temporal/ }).waitFor();
    await page.getByRole('button', { name: /^3 × New subscription/ }).waitFor();
    await looksRight(page, 'imports-one');
    expect(await page.getByRole('button', { name: /^Approve/ }).count()).toBe(0);
  });

  test('a preview is read by reason and approved in part by keyboard; what ends is asked by name', async () => {
    const { scene, refs } = await changed();
    const preview = await scene.run('subscriptions', { mode: 'preview' });
    const page = await it.open(`/imports/${preview.id}`);
    const reason = (name: RegExp) => page.getByRole('button', { name });
    await press(page, reason(/^Change 1 × Changed at the distributor/));
    await page.getByRole('row').filter({ hasText: refs[1] }).getByText('9', { exact: true }).waitFor();
    await looksRight(page, 'preview');

    await press(page, page.getByRole('checkbox', { name: 'Select Microsoft 365 E3' }).first(), 'Space');
    await press(page, page.getByRole('button', { name: 'Approve the 1 chosen' }));
    await page.getByRole('heading', { name: 'Import of subscriptions', level: 1 }).waitFor();
    await page.getByRole('heading', { name: 'What it did' }).waitFor();
    expect(scene.rowOf(refs[1]!).count).toBe(9);
    expect(scene.rowsOf(refs[3]!)).toEqual([]);
    expect(scene.rowOf(refs[0]!).is_active).toBe(true);

    // What has been written since makes the preview void, and that is said with the way on.
    await page.goto(`/imports/${preview.id}?action=deactivate`);
    await press(page, page.getByRole('button', { name: 'Approve the 1 that match' }));
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/Microsoft 365 E3/).waitFor();
    await looksRight(page, 'preview-deactivate');
    await press(page, dialog.getByRole('button', { name: 'Approve and deactivate' }));
    await page
      .getByText('A later import has written since this preview was made.', { exact: false })
      .waitFor();
    await press(page, page.getByRole('button', { name: 'Preview again' }));
    await page.waitForURL((url) => !url.pathname.includes(preview.id));
    await press(page, page.getByRole('button', { name: 'Approve all 2' }));
    await press(page, dialog.getByRole('button', { name: 'Approve and deactivate' }));
    await page.getByRole('heading', { name: 'What it did' }).waitFor();
    expect(scene.rowOf(refs[0]!).is_active).toBe(false);
    expect(scene.rowOf(refs[3]!).count).toBe(4);
  });

  test('a running import tells its phases live, and cancelling says what stays', async () => {
    const scene = await Scene.withClients(it.stack);
    await scene.licence({ seats: 2 });
    scene.source.simulator.faults.add({
      path: '/licenses/v2/find',
      times: -1,
      // Longer than a slow machine takes to look at the page.
      act: { do: 'delay', ms: 120_000 },
    });
    onTestFinished(() => scene.source.simulator.faults.clear());
    const { id } = await scene.begin('subscriptions');
    const page = await it.open(`/imports/${id}`);
    await page.getByRole('heading', { name: 'Progress' }).waitFor();
    await page.getByText('Received: working', { exact: false }).waitFor();
    await looksRight(page, 'imports-running');
    const problem = {
      type: 'upstream-failed',
      title: 'Not available',
      detail: 'halo.example answered 503.',
    } as const;
    await showWaiting(it.stack.sql, [id], problem);
    await page
      .getByText('An outside system fails, so it is tried again. halo.example answered 503.')
      .waitFor();
    await showWaiting(it.stack.sql, [id], null);
    await page.getByText('An outside system fails', { exact: false }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Cancel' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Nothing has been written so far.', { exact: false }).waitFor();
    await dialog.getByRole('button', { name: 'Cancel the import' }).click();
    await page.getByText('Cancelled', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Import again' }).waitFor();
  });
});
