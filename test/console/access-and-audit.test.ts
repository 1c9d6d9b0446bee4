import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { consoleTests, looksRight, tabTo } from './fixture.ts';

consoleTests('keys, the environment and the audit, in the console', (it) => {
  test('a key is made by keyboard, shown once, used and revoked', async () => {
    const page = await it.open('/settings');
    const { keyboard } = page;
    await page.getByText('No API keys yet').waitFor();
    await page.getByRole('row').filter({ hasText: 'TRIBUTARY_API_KEY' }).waitFor();
    expect(await page.content()).not.toContain(it.stack.parts.apiKey);
    await keyboard.press('n');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Name' }).waitFor();
    await tabTo(page, dialog.getByRole('button', { name: 'Make the key' }));
    await keyboard.press('Enter');
    await dialog.getByText('Must not be empty.').waitFor();
    await tabTo(page, dialog.getByRole('textbox', { name: 'Name' }));
    await keyboard.type('Ann <b>of</b> the desk');
    await tabTo(page, dialog.getByRole('radio', { name: /^Operate/ }));
    await keyboard.press('ArrowUp');
    await looksRight(page, 'settings-new-key');
    await tabTo(page, dialog.getByRole('button', { name: 'Make the key' }));
    await keyboard.press('Enter');
    await dialog.getByText(/^trib_/).waitFor();
    const key = await dialog.getByText(/^trib_/).innerText();
    await looksRight(page, 'settings-key');
    const asked = (path: string) => it.stack.api('GET', path, undefined, { authorization: `Bearer ${key}` });
    expect((await asked('/v1/imports')).status).toBe(200);
    expect((await asked('/v1/api-keys')).status).toBe(403);
    await tabTo(page, dialog.getByRole('button', { name: 'I have kept it' }));
    await keyboard.press('Enter');
    const row = page.getByRole('row').filter({ hasText: 'Ann <b>of</b> the desk' });
    await row.getByText('Look', { exact: true }).waitFor();
    expect(await page.content()).not.toContain(key);
    await page.reload();
    await row.getByText('First admin key', { exact: false }).waitFor();
    await looksRight(page, 'settings');
    await row.getByRole('button', { name: /^Revoke/ }).click();
    await dialog.getByRole('button', { name: 'Revoke the key' }).click();
    await page.getByText('No API keys yet').waitFor();
    expect((await asked('/v1/imports')).status).toBe(401);
  });

  test('who may only look is told what they may not', async () => {
    const made = await it.stack.expect(201, 'POST', '/v1/api-keys', { name: 'Onlooker', scopes: ['read'] });
    const page = await it.open('/sign-in?to=/settings', { signedIn: false });
    await page.getByRole('textbox', { name: 'API key' }).fill(made.key);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    await page.getByText('Not allowed', { exact: true }).or(page.getByRole('alert')).first().waitFor();
    await page.getByRole('button', { name: 'Onlooker' }).waitFor();
  });

  test('what was changed is filtered in the address, unfolded, verified and downloaded', async () => {
    const scene = await Scene.withClients(it.stack);
    await scene.licence({ seats: 4 });
    await scene.run('subscriptions');
    const page = await it.open('/audit?action=licence');
    const entries = page.getByRole('grid', { name: 'Entries' });
    await entries.getByText('Licence created').first().waitFor();
    expect(await entries.getByText('Session opened').count()).toBe(0);
    await entries
      .getByRole('button', { name: /\d+ fields/ })
      .first()
      .click();
    await entries.getByText('Microsoft 365 E3', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText(/^Verified up to entry/).waitFor();
    await looksRight(page, 'audit');
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download what matches' }).click();
    const lines = (await readFile(await (await download).path(), 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).action)).toEqual(['licence.create']);

    await entries
      .getByRole('link', { name: /^Its item/ })
      .first()
      .click();
    await page.getByRole('heading', { name: 'What it did' }).waitFor();
    await page.goto('/audit');
    await page.getByRole('textbox', { name: 'Until' }).fill('2020/01/01');
    await page.waitForURL(/to=2020-01-01/);
    await page.getByText('No entry matches').waitFor();

    // What was rewritten behind our back shows.
    await it.stack.sql`alter table audit disable trigger all`;
    await it.stack.sql`update audit set actor_name = 'Nobody' where seq = 2`;
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText('The chain is broken at entry 2.').waitFor();
    await looksRight(page, 'audit-broken');
  });
});
