import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { slowly } from '../embedded/support.ts';
import { findBrowser } from './browser.ts';

test('a browser draws a page and keeps its web security', slowly, async (context) => {
  const found = await findBrowser(({ text }) => console.log(text));
  if (!found) return context.skip('no browser here');
  expect(found.args).not.toContain('--single-process');
  expect(found.args).not.toContain('--disable-web-security');
  const browser = await chromium.launch(found);
  const page = await browser.newPage({ viewport: { width: 320, height: 200 } });
  await page.goto('data:text/html,<title>Tributary</title><h1>Tributary</h1>');
  expect(await page.title()).toBe('Tributary');
  expect((await page.screenshot()).subarray(1, 4).toString()).toBe('PNG');
  await browser.close();
});
