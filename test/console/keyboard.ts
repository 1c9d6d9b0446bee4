import type { Locator, Page } from 'playwright-core';
import { tabTo } from './fixture.ts';

/** Goes to a control by keyboard and uses it. */
export async function press(page: Page, target: Locator, key = 'Enter'): Promise<void> {
  await target.waitFor();
  await tabTo(page, target);
  await page.keyboard.press(key);
}

/** Goes to a field by keyboard, replaces what it holds, and leaves the caret there. */
export async function enter(page: Page, target: Locator, text: string): Promise<void> {
  await target.waitFor();
  await tabTo(page, target);
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}

/** To a page of the navigation: `g`, then its letter. */
export async function go(page: Page, key: string): Promise<void> {
  await page.keyboard.press('g');
  await page.keyboard.press(key);
}
