import { expect, test } from 'vitest';
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
  });

  test('a lost connection is said and heals by itself', async () => {
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
