import { mkdir, writeFile } from 'node:fs/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findBrowser } from '../browser.ts';
import type { Picture } from './pages.ts';
import { smallPng } from './small-png.ts';
import type { Stage } from './stage.ts';

const views = [
  { view: 'light', width: 1280, height: 860, colorScheme: 'light' },
  { view: 'dark', width: 1280, height: 860, colorScheme: 'dark' },
  { view: 'phone', width: 390, height: 844, colorScheme: 'light' },
] as const;

export type View = (typeof views)[number];

/** Takes each picture in each view. */
export async function shoot(
  { url, apiKey, ids }: Omit<Stage, 'close'>,
  pictures: Picture[],
  folder: string,
  whole: boolean,
): Promise<void> {
  const found = await findBrowser();
  if (!found) throw new Error('No Chromium can be started here: install one, or set CHROME_PATH.');
  await mkdir(folder, { recursive: true });
  const browser = await chromium.launch(found);
  try {
    await Promise.all(views.map(inView));
  } finally {
    await browser.close();
  }

  async function inView(view: View): Promise<void> {
    const page = await openPage(browser, url, view);
    for (const picture of pictures.filter(({ signedOut }) => signedOut)) await take(page, picture);
    const answer = await page.request.post('/v1/sessions', { data: { key: apiKey } });
    if (answer.status() !== 201) throw new Error(`Signing in was answered with ${answer.status()}.`);
    const inside = pictures.filter(({ signedOut }) => !signedOut);
    for (const picture of inside.sort((a, b) => Number(b.soon ?? false) - Number(a.soon ?? false)))
      await take(page, picture);
    await page.context().close();

    async function take(page: Page, { name, path, before }: Picture): Promise<void> {
      await page.goto(path(ids));
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await settled(page);
      if (before) {
        await before(page);
        await settled(page);
      }
      const file = `${folder}/${name}-${view.view}.png`;
      const taken = await page.screenshot({ fullPage: whole, animations: 'disabled' });
      await writeFile(file, smallPng(taken));
      console.log(file);
    }
  }
}

async function openPage(
  browser: Browser,
  baseURL: string,
  { width, height, colorScheme }: View,
): Promise<Page> {
  const context = await browser.newContext({
    baseURL,
    viewport: { width, height },
    colorScheme,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
  });
  return await context.newPage();
}

/** Nothing is being read any more, for a moment. An import's events never end, so the network is not asked. */
async function settled(page: Page): Promise<void> {
  await page.evaluate('document.fonts.ready.then(() => {})');
  await page
    .getByText(/^Reading/)
    .first()
    .waitFor({ state: 'hidden', timeout: 60_000 });
  await page.waitForTimeout(700);
}
