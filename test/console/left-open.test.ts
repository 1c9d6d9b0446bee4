import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { Scene } from '../support/scene.ts';
import { consoleTests } from './fixture.ts';

consoleTests('a page that is left open', (it) => {
  const minute = 60_000;
  const day = 24 * 60 * minute;

  /** On a clock of its own, which only the test moves. */
  const opened = async (path: string) => {
    const page = await it.open(path);
    await page.clock.install();
    await page.goto(path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => void asked.push(new URL(request.url()).pathname));
    return { page, asked };
  };
  const show = (page: Page, state: 'hidden' | 'visible') =>
    page.evaluate(`
      Object.defineProperty(document, 'hidden', { configurable: true, value: ${state === 'hidden'} });
      Object.defineProperty(document, 'visibilityState', { configurable: true, value: '${state}' });
      document.dispatchEvent(new Event('visibilitychange'));`);
  /** A quarter of a minute after the other, each with its answers. */
  const pass = async (page: Page, quarters: number) => {
    for (let n = 0; n < quarters; n++) {
      await page.clock.runFor(minute / 4);
      await page.waitForLoadState('networkidle');
    }
  };

  test('asks again while it is seen, and nothing at all for a day in which it is hidden', async () => {
    const scene = await Scene.withClients(it.stack);
    for (const path of ['/', '/findings', '/imports', `/integrations/${scene.integration}?tab=schedule`]) {
      const { page, asked } = await opened(path);
      await page.waitForLoadState('networkidle');
      asked.length = 0;
      await pass(page, 8);
      expect(asked.length, `${path} is seen`).toBeGreaterThan(0);
      await show(page, 'hidden');
      await page.waitForLoadState('networkidle');
      asked.length = 0;
      await page.clock.runFor(day);
      await page.waitForLoadState('networkidle');
      expect(asked, `${path} is hidden`).toEqual([]);
      await show(page, 'visible');
      await page.clock.runFor(minute);
      await expect
        .poll(() => asked.length, { message: `${path} is seen again`, timeout: 10_000 })
        .toBeGreaterThan(0);
      await page.close();
    }
  });

  test('hidden, it does not ask for one that does not answer either, and finds it when seen again', async () => {
    const { page, asked } = await opened('/connections');
    await page.getByText('Add a connection').first().waitFor();
    await page.context().setOffline(true);
    await page.getByRole('link', { name: 'Imports' }).first().click();
    await page.getByText('Tributary does not answer', { exact: true }).waitFor();
    await show(page, 'hidden');
    await page.clock.runFor(minute);
    asked.length = 0;
    await page.clock.runFor(day / 24);
    expect(asked).toEqual([]);
    await page.context().setOffline(false);
    await show(page, 'visible');
    await page.clock.runFor(4_000);
    await page.getByText('Tributary does not answer', { exact: true }).waitFor({ state: 'detached' });
  });

  test('keeps no more of the page with each answer', async () => {
    const { page } = await opened('/');
    const cdp = await page.context().newCDPSession(page);
    const counters = async () => {
      await cdp.send('HeapProfiler.collectGarbage');
      const { nodes, jsEventListeners } = await cdp.send('Memory.getDOMCounters');
      return { nodes, jsEventListeners };
    };
    await pass(page, 8);
    const before = await counters();
    await pass(page, 80);
    const after = await counters();
    expect(after.nodes, 'nodes').toBeLessThan(before.nodes * 1.1 + 50);
    expect(after.jsEventListeners, 'listeners').toBeLessThan(before.jsEventListeners * 1.1 + 50);
  });
});
