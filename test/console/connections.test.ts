import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { definitions } from '../../connectors/definitions.ts';
import { control } from '../support/control.ts';
import { systems } from '../support/systems.ts';
import { consoleTests, looksRight, tabTo } from './fixture.ts';
import { enter, go, press } from './keyboard.ts';

consoleTests('connections, in the console', (it) => {
  const arrowsphere = async () => {
    const arrow = await systems.arrowsphere({ customers: 3, subscriptions: 5 });
    onTestFinished(() => arrow.simulator.close());
    return arrow;
  };
  const passed = (page: Page) => page.getByText('Passed', { exact: true }).first().waitFor();

  test('an empty installation says what to do first', async () => {
    const page = await it.open('/connections');
    await page.getByText('No connections yet').waitFor();
    await looksRight(page, 'connections-empty');
    await page.getByRole('link', { name: 'Add a connection' }).last().click();
    await page.getByRole('heading', { name: 'Add a connection' }).waitFor();
  });

  test('a distributor is added from its schema and tested step by step', async () => {
    const arrow = await arrowsphere();
    const page = await it.open('/connections/new');
    await page.getByRole('radio', { name: /^ArrowSphere/ }).check();
    await page.getByRole('textbox', { name: 'Name' }).fill('Arrow DE');
    await page.getByRole('textbox', { name: 'Base URL' }).fill(String(arrow.settings.baseUrl));
    await page.getByRole('textbox', { name: 'API key' }).fill(arrow.credentials.apiKey!);
    await looksRight(page, 'connections-new');
    await page.getByRole('button', { name: 'Add and test' }).click();

    await page.getByRole('heading', { name: 'Arrow DE', level: 1 }).waitFor();
    await passed(page);
    await page.getByText('The account is Northbridge Cloud Services').waitFor();
    await looksRight(page, 'connections-one');
    const kept = (await it.stack.expect(200, 'GET', '/v1/connections')).items;
    expect(kept).toMatchObject([{ name: 'Arrow DE', lastTest: { ok: true } }]);
    expect(await page.content()).not.toContain(arrow.credentials.apiKey);
    // A reload does not test again.
    expect(new URL(page.url()).search).toBe('');
  });

  test('the whole by keyboard alone', async () => {
    const arrow = await arrowsphere();
    const page = await it.open('/connections');
    await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
    const { keyboard } = page;
    await keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).getByText('Add a connection').waitFor();
    await looksRight(page, 'keys');
    await keyboard.press('Escape');
    await keyboard.press('n');
    const first = page.getByRole('radio', { name: /^ArrowSphere/ });
    await first.waitFor();
    await tabTo(page, first);
    await keyboard.press('Space');
    await tabTo(page, page.getByRole('textbox', { name: 'Name' }));
    await keyboard.type('By keyboard');
    await tabTo(page, page.getByRole('textbox', { name: 'Base URL' }));
    await keyboard.type(String(arrow.settings.baseUrl));
    await tabTo(page, page.getByRole('textbox', { name: 'API key' }));
    await keyboard.type(arrow.credentials.apiKey!);
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'By keyboard', level: 1 }).waitFor();
    await passed(page);
    await keyboard.press('g');
    await keyboard.press('c');
    await page.getByRole('link', { name: 'By keyboard' }).waitFor();
  });

  test('what the API refuses stands under its field, and the reader is led there', async () => {
    const page = await it.open('/connections/new?kind=halopsa');
    await page.getByRole('textbox', { name: 'Base URL' }).fill('not an address');
    await page.getByRole('button', { name: 'Add and test' }).click();
    const field = page.getByRole('textbox', { name: 'Base URL' });
    await page.getByText('Nothing was saved. Correct the marked fields.', { exact: true }).waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await page.getByText('Must be an http(s) URL.').waitFor();
    expect(await field.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    await looksRight(page, 'connections-refused');
  });

  test('every system has a form', async () => {
    for (const { kind, name } of definitions) {
      const page = await it.open(`/connections/new?kind=${kind}`);
      await page.getByRole('heading', { name, level: 2 }).waitFor();
      await page.getByRole('heading', { name: 'Credentials' }).waitFor();
      for (const more of await page.getByRole('button', { name: 'More settings' }).all()) await more.click();
      // The longest form represents all of them.
      if (kind === 'streamone-ion') await looksRight(page, `connections-new-${kind}`);
    }
  });

  test('a setting is changed and the credentials are kept', async () => {
    const { id } = await it.stack.connect('arrowsphere', { customers: 3, subscriptions: 5 });
    const page = await it.open(`/connections/${id}`);
    await page.getByRole('link', { name: 'Change' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Arrow <b>AT</b> & "CH"');
    await page.getByRole('button', { name: 'More settings' }).first().click();
    await page.getByRole('spinbutton', { name: /Calls per second/ }).fill('7');
    await page.getByRole('button', { name: 'Save and test' }).click();
    // What people write is text, never markup.
    await page.getByRole('heading', { name: 'Arrow <b>AT</b> & "CH"', level: 1 }).waitFor();
    await passed(page);
    expect(await it.stack.expect(200, 'GET', `/v1/connections/${id}`)).toMatchObject({
      settings: { callsPerSecond: 7 },
      lastTest: { ok: true },
    });
  });

  test('a change of something changed meanwhile is refused', async () => {
    const { id } = await it.stack.connect('arrowsphere', { customers: 3, subscriptions: 5 });
    const page = await it.open(`/connections/${id}/edit`);
    await page.getByRole('textbox', { name: 'Name' }).fill('Mine');
    await it.stack.expect(200, 'PATCH', `/v1/connections/${id}`, { name: 'Theirs' });
    await page.getByRole('button', { name: 'Save and test' }).click();
    await page.getByText('Someone else has changed it').waitFor();
    expect((await it.stack.expect(200, 'GET', `/v1/connections/${id}`)).name).toBe('Theirs');
  });

  test('an expired token is shown, and a new one entered in place, by keyboard', async () => {
    const ion = await it.stack.connect('streamone-ion', { customers: 3, subscriptions: 5 });
    const page = await it.open(`/connections/${ion.id}`);
    await press(page, page.getByRole('button', { name: 'Test now' }));
    await page.getByText(/\d+ days left/).waitFor();
    await control(ion, 'revoke');
    await press(page, page.getByRole('button', { name: 'Renew now' }));
    await page.getByText('A new token must be entered').waitFor();
    await looksRight(page, 'connections-reauthorise');
    // As from the overview's list.
    await go(page, 'o');
    await press(page, page.getByRole('link', { name: /^Enter a new token: / }));
    const { refresh_token } = await control<{ refresh_token: string }>(ion, 'newCredentials');
    await enter(page, page.getByRole('textbox', { name: 'Refresh token' }), refresh_token);
    await page.keyboard.press('Enter');
    await page.getByText(/\d+ days left/).waitFor();
    expect((await it.stack.expect(200, 'GET', `/v1/connections/${ion.id}/token`)).state).toBe('ok');
  });

  test('deleting shows what depends on it', async () => {
    const source = await it.stack.connect('arrowsphere', { customers: 3, subscriptions: 5 });
    const destination = await it.stack.connect('halopsa', { clients: 'none' });
    const integration = await it.stack.integrate(source, destination);
    const page = await it.open(`/connections/${source.id}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('It can be deleted only after it is deleted.').waitFor();
    await looksRight(page, 'connections-delete');
    await dialog.getByRole('button', { name: 'Delete the connection' }).click();
    await dialog.getByText('An integration or a channel for notices uses this connection.').waitFor();
    await it.stack.expect(204, 'DELETE', `/v1/integrations/${integration}`);
    await dialog.getByRole('button', { name: 'Delete the connection' }).click();
    await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
    await it.stack.expect(404, 'GET', `/v1/connections/${source.id}`);
  });

  test('the list is filtered in its address', async () => {
    await it.stack.connect('halopsa', { clients: 'none' });
    await it.stack.connect('arrowsphere', { customers: 3, subscriptions: 5 });
    const page = await it.open('/connections?role=destination');
    await page
      .getByRole('row', { name: /HaloPSA/ })
      .first()
      .waitFor();
    expect(await page.getByRole('row', { name: /ArrowSphere/ }).count()).toBe(0);
    await looksRight(page, 'connections');
    await page.keyboard.press('/');
    await page.keyboard.type('System');
    await page.getByRole('option', { name: /^System/ }).click();
    await page.getByRole('option', { name: /Work 365/ }).click();
    await page.getByText('No connection matches').waitFor();
    expect(new URL(page.url()).search).toContain('kind=work365');
  });
});
