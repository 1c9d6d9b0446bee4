import { type Browser, chromium } from 'playwright-core';
import { consoleFiles } from '../console/build.ts';
import { findBrowser } from '../test/support/browser.ts';
import { collectOnce, importOnce } from './collecting.ts';
import { Installation, type Servers } from './installation.ts';
import type { Options } from './options.ts';
import { freePort, type Program, startProgram } from './program.ts';
import { digits, type Section, spread } from './table.ts';

const rows = 10_000;

/** How long the console takes to the first row of lists of 10,000, beside the API's own answer of that page. */
export async function consolePart(
  options: Options,
  servers: Servers,
  say: (line: string) => void,
): Promise<Section | null> {
  const found = await findBrowser();
  if (!found) {
    say('no Chromium can be started here: the console is not measured');
    return null;
  }
  const folder = await consoleFiles();
  const source = await startProgram('bench/source.ts', ['--subscriptions', rows]);
  const halos = await startProgram('bench/halos.ts');
  const at = await Installation.create(servers, 'bench_console');
  const browser = await chromium.launch(found);
  let api: Program | undefined;
  try {
    const worker = await at.startWorker();
    const connectionId = await at.source(`${JSON.parse(source.ready).url}/a/0`, 8);
    const integrationId = await at.integration(connectionId, await at.halo(JSON.parse(halos.ready).urls[0]));
    await importOnce(at, integrationId, 'customers');
    await collectOnce(at, connectionId);
    const { id: previewId } = await importOnce(at, integrationId, 'subscriptions', 'preview');
    await worker.stop();
    const url = `http://127.0.0.1:${await freePort()}`;
    const env = {
      ...at.environment(),
      PORT: new URL(url).port,
      LOG_LEVEL: 'warn',
      TRIBUTARY_CONSOLE: folder,
    };
    api = await startProgram('api/server.ts', [], { env, answers: `${url}/healthz` });
    const lists: [what: string, page: string, asks: string][] = [
      ['a preview’s items', `/imports/${previewId}?outcome=planned`, `/v1/imports/${previewId}/groups?outcome=planned`],
      ['subscriptions', `/subscriptions?integrationId=${integrationId}`, `/v1/integrations/${integrationId}/subscriptions?limit=50`],
      ['customers and clients', `/integrations/${integrationId}?tab=mappings&state=all`, `/v1/integrations/${integrationId}/mappings?limit=50`],
    ]; // biome-ignore format: a table
    const table: (string | number)[][] = [];
    for (const [what, page, asks] of lists) {
      const shots: Look[] = [];
      for (let round = 0; round < Math.max(options.repeats, 1); round++)
        shots.push(await look(browser, url, at.apiKey, page, asks));
      const of = (key: keyof Look) => spread(shots.map((shot) => shot[key])).median;
      table.push([
        what,
        digits(of('first')),
        digits(of('again')),
        digits(of('api')),
        `${digits(of('again') / of('api'))}×`,
        of('inPage'),
      ]);
      say(table.at(-1)!.join(', '));
    }
    return {
      part: 'console',
      title: `The console on lists of ${rows.toLocaleString('en')}`,
      how: 'Seconds in Chromium from the address to the first row that can be read: in a new browser, where scripts, styles and fonts come first, and once more with them kept. Beside it what the API alone takes for the list on that page, asked by the same browser.',
      tables: [
        {
          head: ['first row of', 'new browser, s', 'again, s', 'API alone, s', 'ratio', 'rows in the page'],
          rows: table,
        },
      ],
    };
  } finally {
    await browser.close();
    await api?.stop();
    await at.close();
    await halos.stop();
    await source.stop();
  }
}

interface Look {
  first: number;
  again: number;
  api: number;
  inPage: number;
}

const cell = 'tbody tr td, tbody tr th';

async function look(
  browser: Browser,
  baseURL: string,
  key: string,
  path: string,
  asks: string,
): Promise<Look> {
  const context = await browser.newContext({ baseURL, viewport: { width: 1280, height: 900 } });
  try {
    await context.request.post('/v1/sessions', { data: { key } });
    const page = await context.newPage();
    const firstRow = async () => {
      const began = performance.now();
      await page.goto(path, { waitUntil: 'commit' });
      await page.locator(cell).first().waitFor({ timeout: 60_000 });
      return (performance.now() - began) / 1000;
    };
    const first = await firstRow();
    const again = await firstRow();
    const api = await page.evaluate<number>(
      `(async () => { const began = performance.now(); await (await fetch(${JSON.stringify(asks)})).text(); return (performance.now() - began) / 1000 })()`,
    );
    return { first, again, api, inPage: await page.locator('tbody tr').count() };
  } finally {
    await context.close();
  }
}
