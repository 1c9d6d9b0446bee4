import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeViolations } from '../support/axe.ts';
import { findBrowser } from '../support/browser.ts';
import { type Stack, startStack } from '../support/stack.ts';

const found = await findBrowser();
if (!found) console.warn('Skipped: no Chromium can be started here, so the pages are not looked at.');

describe.skipIf(!found)('the pages of the API, in Chromium', () => {
  let stack: Stack;
  let browser: Browser;
  beforeAll(async () => {
    stack = await startStack({ worker: false });
    browser = await chromium.launch({ executablePath: found!.executablePath, args: found!.args });
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.close();
  });

  async function open(
    path: string,
    colorScheme: 'light' | 'dark',
  ): Promise<{ page: Page; errors: string[] }> {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1200, height: 900 } });
    const errors: string[] = [];
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${stack.baseUrl}${path}`);
    return { page, errors };
  }

  test('/docs shows every noun of the API, without an error and without the internet', async () => {
    const { page, errors } = await open('/docs', 'light');
    await page.getByRole('heading', { name: /Tributary/ }).waitFor();
    for (const tag of ['connections', 'integrations', 'imports', 'findings']) {
      expect(await page.getByText(`/v1/${tag}`).count(), tag).toBeGreaterThan(0);
    }
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/docs.png` });
    expect(errors).toEqual([]);
    await page.close();
  });

  for (const scheme of ['light', 'dark'] as const) {
    test(`a problem's own page can be read by everyone, ${scheme}`, async () => {
      const { page, errors } = await open('/problems/import-running', scheme);
      if (process.env.SCREENSHOTS)
        await page.screenshot({ path: `${process.env.SCREENSHOTS}/problem-${scheme}.png` });
      expect(await page.getByRole('heading').first().textContent()).toBeTruthy();
      expect(await axeViolations(page)).toEqual([]);
      expect(errors).toEqual([]);
      await page.close();
    });
  }
});
