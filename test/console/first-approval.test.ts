import { expect, test } from 'vitest';
import { signInLink } from '../../embedded/sign-in-link.ts';
import { Scene } from '../support/scene.ts';
import { consoleTests } from './fixture.ts';

consoleTests('from the printed link to an approved preview', (it) => {
  const subscriptions = 1_000;
  const changes = 12;

  test('of 12 changes in 1,000 subscriptions: four steps', async () => {
    const scene = await Scene.withClients(it.stack, {
      arrow: { customers: 40, subscriptions },
      halo: { clients: 'none' },
    });
    await scene.run('subscriptions');
    const alive = scene.source.simulator.state.licences.filter(
      ({ state, customer }) => state === 'active' && !customer.deletedAt,
    );
    for (const { id, seats } of alive.slice(0, changes))
      await scene.arrow('setSeats', { ref: `XSP${id}`, seats: seats + 3 });
    const { name } = await it.stack.expect(200, 'GET', `/v1/integrations/${scene.integration}`);
    const link = await signInLink({
      databaseUrl: it.stack.databaseUrl,
      apiUrl: it.stack.baseUrl,
      apiKey: it.stack.parts.apiKey,
    });

    const told: string[] = [];
    const page = await it.open('about:blank', { signedIn: false });
    const began = performance.now();
    const step = async (what: string, act: () => Promise<unknown>) => {
      const from = performance.now();
      await act();
      told.push(`${what}: ${((performance.now() - from) / 1000).toFixed(1)} s`);
    };
    await step('open the link', async () => {
      await page.goto(link);
      await page.getByRole('row').filter({ hasText: name }).getByRole('button', { name: 'Import' }).waitFor();
    });
    await step('ask for an import', async () => {
      await page.getByRole('row').filter({ hasText: name }).getByRole('button', { name: 'Import' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Start the preview' }).waitFor();
    });
    await step('start the preview, and read it', async () => {
      await page.getByRole('dialog').getByRole('button', { name: 'Start the preview' }).click();
      await page.getByRole('button', { name: `Approve all ${changes}` }).waitFor({ timeout: 120_000 });
    });
    await step('approve', async () => {
      await page.getByRole('button', { name: `Approve all ${changes}` }).click();
      await page.getByRole('heading', { name: 'Import of subscriptions', level: 1 }).waitFor();
    });
    const approved = (performance.now() - began) / 1000;
    await page.getByRole('heading', { name: 'What it did' }).waitFor({ timeout: 120_000 });
    const done = (performance.now() - began) / 1000;
    console.log(
      `${told.length} steps, ${approved.toFixed(1)} s to the approval, ${done.toFixed(1)} s to its end\n  ${told.join('\n  ')}`,
    );
    const [last] = (
      await it.stack.expect(200, 'GET', `/v1/imports?integrationId=${scene.integration}&limit=1`)
    ).items;
    expect(last).toMatchObject({ trigger: 'preview', counts: { updated: changes, failed: 0 } });
  });
});
