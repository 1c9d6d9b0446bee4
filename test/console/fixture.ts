import { mkdir } from 'node:fs/promises';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { axeViolations } from '../support/axe.ts';
import { findBrowser } from '../support/browser.ts';
import { type Stack, type StackOptions, startStack } from '../support/stack.ts';

const found = await findBrowser();
if (!found) console.warn('Skipped: no Chromium can be started here, so the console is not looked at.');

/** A whole installation with its simulators to come, and Chromium. Filled before the first test. */
export interface ConsoleTests {
  stack: Stack;
  browser: Browser;
  /** A page of the console; anything it logs as an error, throws or is refused by its content policy fails the test. */
  open(path: string, options?: OpenOptions): Promise<Page>;
}

interface OpenOptions {
  width?: number;
  /** Default true. */
  signedIn?: boolean;
}

/** Tests of the console in a real browser, on the real API, a worker and PostgreSQL. Skipped where none can start. */
export function consoleTests(
  name: string,
  tests: (it: ConsoleTests) => void,
  options: StackOptions = {},
): void {
  describe.skipIf(!found)(name, () => {
    const it = {} as ConsoleTests;
    beforeAll(async () => {
      it.stack = await startStack(options);
      it.browser = await chromium.launch(found!);
    });
    afterAll(async () => {
      await it.browser?.close();
      await it.stack?.close();
    });
    it.open = async (path, { width = 1280, signedIn = true } = {}) => {
      const context = await it.browser.newContext({
        baseURL: it.stack.baseUrl,
        viewport: { width, height: 900 },
        locale: 'en-GB',
        reducedMotion: 'reduce',
      });
      const problems = await watch(context);
      onTestFinished(async () => {
        await context.close();
        expect(problems, 'errors of the page').toEqual([]);
      });
      if (signedIn) {
        const { apiKey } = it.stack.parts;
        const answer = await context.request.post('/v1/sessions', { data: { key: apiKey } });
        expect(answer.status(), 'signing in').toBe(201);
      }
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      await page.goto(path);
      return page;
    };
    tests(it);
  });
}

/** A text, for it runs in the page. */
const tellViolations = `document.addEventListener('securitypolicyviolation', (event) =>
  tellViolation('content policy: ' + event.violatedDirective + ' refused ' + event.blockedURI + ' ' + event.sample))`;

async function watch(context: BrowserContext): Promise<string[]> {
  const problems: string[] = [];
  await context.exposeBinding('tellViolation', (_, text: string) => void problems.push(text));
  await context.addInitScript(tellViolations);
  context.on('weberror', (error) => void problems.push(`thrown: ${error.error().stack}`));
  context.on('console', (message) => {
    // The browser's own line about an answer of 4xx; what the page makes of it is what is tested.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      problems.push(`logged: ${message.text()}`);
  });
  return problems;
}

/** As a reader without a mouse goes there: from part to part by Tab, inside a table by the arrows. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let tabs = 0; tabs < 80; tabs++) {
    const at = await standing(target);
    if (at === 'there') return;
    await page.keyboard.press('Tab');
    // It was passed by: Tab stops at a table once.
    if (at === 'same table' && (await standing(target)) === 'elsewhere') {
      await page.keyboard.press('Shift+Tab');
      return await walkTo(page, target);
    }
  }
  throw new Error(`${target} is not reached by Tab`);
}

async function walkTo(page: Page, target: Locator): Promise<void> {
  await page.keyboard.press('Control+Home');
  for (let row = 0; row < 30; row++) {
    for (let step = 0; step < 15; step++) {
      if ((await standing(target)) === 'there') return;
      await page.keyboard.press('ArrowRight');
    }
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
  }
  throw new Error(`${target} is not reached by the arrows`);
}

const standing = (target: Locator): Promise<'there' | 'same table' | 'elsewhere'> =>
  target.evaluate((element) => {
    const active = element.ownerDocument.activeElement;
    if (element === active) return 'there';
    return element.closest('[role=grid]')?.contains(active) ? 'same table' : 'elsewhere';
  });

/** Colours decide contrast alone: all other rules are asked once at each width. */
const views = [
  { width: 1280, colorScheme: 'light' },
  { width: 1280, colorScheme: 'dark', only: ['color-contrast'] },
  { width: 320, colorScheme: 'dark' },
  { width: 320, colorScheme: 'light', only: ['color-contrast'] },
] as const;

/**
 * What stands on the page now is accessible in light and dark, wide and narrow, and fits a phone. With `SCREENSHOTS` set
 * to a folder, a picture of each is put there.
 */
export async function looksRight(page: Page, name: string): Promise<void> {
  const size = page.viewportSize()!;
  for (const { width, colorScheme, ...rules } of views) {
    await page.setViewportSize({ width, height: size.height });
    await page.emulateMedia({ colorScheme });
    const view = `${name}-${width}-${colorScheme}`;
    await page.evaluate('document.fonts.ready.then(() => {})');
    await page.waitForTimeout(100);
    await picture(page, view);
    expect(await axeViolations(page, 'only' in rules ? [...rules.only] : undefined), `axe: ${view}`).toEqual(
      [],
    );
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect(overflow, `${view} is wider than the window`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme: 'light' });
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
