import { expect, test } from 'vitest';
import { monthsOf, weeksOf } from '../../console/browser/pages/renewals/month-days.ts';
import { Scene } from '../support/scene.ts';
import { waitFor } from '../support/wait.ts';
import { consoleTests, looksRight } from './fixture.ts';

test('a month begins on its weekday and has all its days', () => {
  const weeks = weeksOf('2027-02');
  expect(weeks).toHaveLength(4);
  expect(weeks[0]![0]).toBe('2027-02-01');
  expect(weeksOf('2026-11').flat().filter(Boolean)).toHaveLength(30);
  expect(weeksOf('2026-11')[0]!.slice(0, 6)).toEqual([null, null, null, null, null, null]);
  expect(weeksOf('2026-11', '2026-11-28')).toHaveLength(2);
  expect(monthsOf(['2027-01-03', '2026-11-30'])).toEqual(['2026-11', '2026-12', '2027-01']);
  expect(monthsOf([])).toEqual([]);
});

consoleTests('renewals, in the console', (it) => {
  test('stand in a calendar and a list, by day and by what becomes of them', async () => {
    const scene = await Scene.withClients(it.stack);
    const soon = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
    const ref = await scene.licence({ seats: 3, patch: { next_renewal_date: soon(10), end_date: soon(10) } });
    await scene.licence({
      seats: 4,
      patch: { next_renewal_date: soon(45), end_date: soon(45), auto_renew: false },
    });
    await scene.run('subscriptions');

    const page = await it.open('/renewals');
    const table = page.getByRole('grid', { name: 'Terms that end' });
    await table.getByRole('row').nth(2).waitFor();
    await table.getByText('Ends', { exact: true }).waitFor();
    await page
      .getByRole('button', { name: /: 1 term ends/ })
      .nth(1)
      .waitFor();
    await looksRight(page, 'renewals');

    await page
      .getByRole('button', { name: /: 1 term ends/ })
      .first()
      .click();
    await page.getByRole('heading', { name: /^Terms that end on/ }).waitFor();
    expect(await table.getByRole('row').count()).toBe(2);
    const link = table.getByRole('row').nth(1).getByRole('link');
    expect(await link.getAttribute('href')).toBe(
      `/subscriptions/${scene.integration}/${encodeURIComponent(ref)}`,
    );
    await page.getByRole('button', { name: '30 days' }).click();
    await page.waitForURL(/within=P30D/);
    await waitFor(
      async () => (await page.getByRole('button', { name: /: 1 term ends/ }).count()) === 1,
      'the calendar to hold one term',
    );
  });
});
