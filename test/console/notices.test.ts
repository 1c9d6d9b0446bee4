import { expect, test } from 'vitest';
import { startReceiver } from '../support/webhook.ts';
import { consoleTests, looksRight } from './fixture.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=';

consoleTests('notices, in the console', (it) => {
  test('a channel is added, tested, changed and deleted; its log shows what was sent', async () => {
    const receiver = await startReceiver(secret);
    it.stack.onClose(() => receiver.close());
    const page = await it.open('/notices');
    await page.getByText('No channels yet').waitFor();
    await looksRight(page, 'notices-empty');
    await page.getByRole('link', { name: 'Add a channel' }).last().click();
    await page.getByRole('radio', { name: /^Webhook/ }).check();
    await page.getByRole('textbox', { name: 'Name' }).fill('Pager');
    await page.getByRole('textbox', { name: 'URL' }).fill('nothing');
    await page.getByLabel(/^Signing secret/).fill(secret);
    await page.getByRole('checkbox', { name: 'A daily digest of what waits' }).check();
    await page.getByRole('button', { name: 'Add the channel' }).click();
    await page.getByText('Must be an http(s) URL').waitFor();
    await page.getByRole('textbox', { name: 'URL' }).fill(receiver.url);
    await looksRight(page, 'notices-new');
    await page.getByRole('button', { name: 'Add the channel' }).click();

    await page.getByRole('heading', { name: 'Pager', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Send a test notice' }).click();
    await page.getByText('The test notice was delivered').waitFor();
    await page
      .getByText(/took it \(204\)/)
      .first()
      .waitFor();
    expect(receiver.received).toHaveLength(1);
    receiver.answer = (response) => void response.writeHead(500).end();
    await page.getByRole('button', { name: 'Send a test notice' }).click();
    await page.getByText('The test notice was not delivered').waitFor();
    const log = page.getByRole('grid', { name: 'Delivery log' });
    await log.getByText('Not delivered', { exact: true }).waitFor();
    await looksRight(page, 'notices-one');

    await page.getByRole('textbox', { name: 'After how many' }).first().fill('5');
    await page.getByRole('button', { name: 'Save the channel' }).click();
    await page.getByText('Pager was saved.').first().waitFor();
    const { items } = await it.stack.expect(200, 'GET', '/v1/notifications');
    expect(items).toMatchObject([
      {
        name: 'Pager',
        rules: { findings: { severity: 'critical' }, failures: { after: 5 }, digest: { at: '08:00' } },
      },
    ]);
    await page.goto('/notices');
    await page.getByText('After 5 failed imports in a row').waitFor();
    await looksRight(page, 'notices');
    await page.getByRole('link', { name: 'Pager' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Delete the channel' }).click();
    await page.getByText('No channels yet').waitFor();
  });

  test('a secret made here is shown once; mail servers and tickets have forms of their own', async () => {
    const page = await it.open('/notices/new?kind=webhook');
    await page.getByRole('textbox', { name: 'Name' }).fill('Hook');
    await page.getByRole('textbox', { name: 'URL' }).fill('https://hooks.example/in');
    await page.getByRole('button', { name: 'Add the channel' }).click();
    await page.getByText(/^whsec_/).waitFor();
    await looksRight(page, 'notices-secret');
    await page.getByRole('link', { name: 'Continue to the test' }).click();
    await page.getByRole('heading', { name: 'Hook', level: 1 }).waitFor();
    expect(await page.content()).not.toContain('whsec_M');

    await page.goto('/notices/new?kind=email');
    await page.getByRole('textbox', { name: 'Mail server' }).waitFor();
    await page.getByLabel(/^Password/).waitFor();
    await looksRight(page, 'notices-email');
    await page.goto('/notices/new?kind=halo-ticket');
    await page.getByRole('textbox', { name: 'Client ID' }).waitFor();
    await looksRight(page, 'notices-ticket');
  });
});
