import { expect, test } from 'vitest';
import { signInLink } from '../../embedded/sign-in-link.ts';
import { consoleTests, looksRight } from './fixture.ts';

consoleTests('what stands around the pages', (it) => {
  test('who is not signed in signs in first, and then goes where they wanted to', async () => {
    const page = await it.open('/connections?role=destination', { signedIn: false });
    await page.getByRole('textbox', { name: 'API key' }).waitFor();
    const address = new URL(page.url());
    expect([address.pathname, address.searchParams.get('to')]).toEqual([
      '/sign-in',
      '/connections?role=destination',
    ]);
    await looksRight(page, 'sign-in');
    await page.getByRole('textbox', { name: 'API key' }).fill('not-the-key-of-this-place');
    await page.keyboard.press('Enter');
    await page.getByText('This key is not accepted.', { exact: false }).first().waitFor();
    await page.getByRole('textbox', { name: 'API key' }).fill(it.stack.parts.apiKey);
    await page.keyboard.press('Enter');
    await page.getByText('No connection matches').waitFor();
    expect(page.url()).toBe(`${it.stack.baseUrl}/connections?role=destination`);
    // Nothing in the page can read the session.
    expect(await page.evaluate('document.cookie')).toBe('');

    await page.getByRole('button', { name: 'First admin key' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('textbox', { name: 'API key' }).waitFor();
    await page.goto('/connections');
    await page.getByRole('textbox', { name: 'API key' }).waitFor();
  });

  test('a one-time link signs in once, and does not stay in the address', async () => {
    const link = await signInLink({
      databaseUrl: it.stack.databaseUrl,
      apiUrl: it.stack.baseUrl,
      apiKey: it.stack.parts.apiKey,
    });
    const page = await it.open(link, { signedIn: false });
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    expect(page.url()).not.toContain('link');
    const second = await it.open(link, { signedIn: false });
    await second.getByText('This link has been used or has expired.', { exact: false }).first().waitFor();
  });

  test('a return address of another site is not followed', async () => {
    const page = await it.open('/sign-in?to=//elsewhere.example/', { signedIn: false });
    await page.getByRole('textbox', { name: 'API key' }).fill(it.stack.parts.apiKey);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  });

  test('a lost connection is shown and recovers by itself', async () => {
    const { id } = await it.stack.connect('arrowsphere', { customers: 3, subscriptions: 5 });
    const page = await it.open('/connections');
    await page.getByRole('link', { name: 'arrowsphere' }).waitFor();
    await page.context().setOffline(true);
    await page.getByRole('link', { name: 'arrowsphere' }).click();
    await page.getByText('Tributary does not answer', { exact: true }).waitFor();
    await looksRight(page, 'connection-lost');
    await page.context().setOffline(false);
    await page.getByRole('heading', { name: 'Test configuration' }).waitFor();
    await page.getByText('Tributary does not answer', { exact: true }).waitFor({ state: 'detached' });
    await it.stack.expect(204, 'DELETE', `/v1/connections/${id}`);
  });

  test('light or dark can be chosen, and is kept', async () => {
    const page = await it.open('/connections');
    const dark = () => page.evaluate<boolean>("document.body.classList.contains('awsui-dark-mode')");
    await page.getByText('No connections yet').waitFor();
    expect(await dark()).toBe(false);
    await page.getByRole('button', { name: /^Appearance/ }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Dark' }).click();
    expect(await dark()).toBe(true);
    await page.reload();
    await page.getByText('No connections yet').waitFor();
    expect(await dark()).toBe(true);
  });

  test('a page that does not exist says so', async () => {
    const page = await it.open('/nowhere');
    await page.getByText('Page not found').waitFor();
    await looksRight(page, 'not-found');
  });
});
