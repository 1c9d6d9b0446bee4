import { expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { consoleTests, looksRight, tabTo } from './fixture.ts';

consoleTests('people and agents, in the console', (it) => {
  test('people come as CSV, their agents are suggested with evidence, accepted, chosen and taken back', async () => {
    const scene = await Scene.open(it.stack);
    const path = `/v1/connections/${scene.destination.id}`;
    const { items: agents } = await it.stack.expect(200, 'GET', `${path}/agents?refresh=true`);
    const [one, two, three] = agents as { id: string; name: string; email: string }[];
    const mapped = async () =>
      Object.fromEntries(
        (await it.stack.expect(200, 'GET', `${path}/agent-mappings`)).items.map(
          ({ personId, agentId }: { personId: string; agentId: string | null }) => [personId, agentId],
        ),
      );
    const page = await it.open(`/integrations/${scene.integration}?tab=people`);
    await page.getByText('No people yet').waitFor();
    await looksRight(page, 'people-empty');

    const choose = (text: string) =>
      page
        .getByRole('dialog')
        .getByRole('button', { name: /Choose a file$/ })
        .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    const good = [
      'id;name;email;extension',
      `p1;Somebody;${one!.email};11`,
      `p2;${two!.name};;12`,
      'p3;<i>Nobody</i> Here;nobody@elsewhere.example;13',
    ].join('\n');
    await page.getByRole('button', { name: 'Upload people…' }).last().click();
    await choose(`${good}\n;No id;;14`);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Replace the list' }).click();
    await dialog.getByText('Nothing was changed').waitFor();
    await dialog.getByText('Line 5: must not be empty.').waitFor();
    await looksRight(page, 'people-upload');
    await dialog.getByRole('checkbox', { name: 'Leave out lines that are wrong' }).check();
    await dialog.getByRole('button', { name: 'Replace the list' }).click();
    await page.getByText('3 people were read. 1 line was left out.').first().waitFor();

    // By keyboard: the evidence is read, the suggestions accepted at once, and taken back.
    const row = (name: string) => page.getByRole('row').filter({ hasText: name });
    await row('Somebody').getByText(`${one!.name}, who has the same e-mail address`).waitFor();
    await row(two!.name).getByText(`${two!.name}, who has the same name`).waitFor();
    await looksRight(page, 'people');
    await tabTo(page, page.getByRole('button', { name: 'Accept all 2 suggestions' }));
    await page.keyboard.press('Enter');
    await page.getByText('2 people were mapped.').first().waitFor();
    expect(await mapped()).toEqual({ p1: one!.id, p2: two!.id, p3: null });
    await page.getByRole('button', { name: 'Undo' }).first().press('Enter');
    await page.getByRole('button', { name: 'Accept all 2 suggestions' }).waitFor();
    expect(await mapped()).toEqual({ p1: null, p2: null, p3: null });

    // Another person acts before this page learns of it: about the same person it is said, about others it stays.
    const others = (personId: string, agentId: string) =>
      it.stack.expect(200, 'PUT', `${path}/agent-mappings`, { items: [{ personId, agentId }] });
    await others('p1', three!.id);
    await page.getByRole('button', { name: `Accept ${one!.name} for Somebody` }).click();
    await page.getByText('someone else has mapped or unmapped Somebody', { exact: false }).first().waitFor();
    expect(await mapped()).toEqual({ p1: three!.id, p2: null, p3: null });
    await page.getByRole('button', { name: 'Unmap Somebody' }).click();
    await page.getByRole('button', { name: `Accept ${one!.name} for Somebody` }).waitFor();
    await others('p2', two!.id);
    await page.getByRole('button', { name: `Accept ${one!.name} for Somebody` }).click();
    await row('Somebody').getByText('Has the same e-mail address').waitFor();
    await page.getByRole('button', { name: /^Agent of <i>Nobody<\/i> Here/ }).click();
    await page.getByRole('option', { name: three!.name }).click();
    await page.getByText(`<i>Nobody</i> Here was mapped to ${three!.name}.`).first().waitFor();
    expect(await mapped()).toEqual({ p1: one!.id, p2: two!.id, p3: three!.id });
    await page.getByRole('button', { name: 'Unmap Somebody' }).click();
    await page.getByText('Somebody was unmapped.').first().waitFor();
    await page.goto(`/integrations/${scene.integration}?tab=people&state=mapped`);
    await row('<i>Nobody</i> Here').waitFor();
    expect(await row('Somebody').count()).toBe(0);

    await page.getByRole('button', { name: 'Read the agents anew' }).click();
    await page.getByRole('button', { name: 'Read the agents anew' }).and(page.locator(':enabled')).waitFor();
  });
});
