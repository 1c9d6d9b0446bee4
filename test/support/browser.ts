import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { runs } from '../../embedded/download.ts';
import { checkoutCache } from '../../embedded/home.ts';
import { type OnProgress, silent } from '../../embedded/progress.ts';

/** What `chromium.launch` of playwright-core is given. */
export interface Browser {
  executablePath: string;
  args: string[];
}

/** Chromium's sandbox refuses root; its shared memory is small in containers. */
const plainArgs = ['--no-sandbox', '--disable-dev-shm-usage'];

/**
 * A browser for the console's tests: an installed one, Playwright's, else the one in @sparticuz/chromium
 * (Linux). Each is tried on a real page first; null, with a line that says so, when none works.
 */
export async function findBrowser(
  onProgress: OnProgress = silent,
  cacheDir: string = checkoutCache(),
): Promise<Browser | null> {
  const problems: string[] = [];
  for (const find of [installed, playwrights, () => packaged(cacheDir, onProgress)]) {
    try {
      for (const browser of await find()) {
        const problem = await tryOut(browser);
        if (problem === null) return browser;
        problems.push(`${browser.executablePath}: ${problem}`);
      }
    } catch (error) {
      problems.push(firstLine(error));
    }
  }
  const why = problems.join('; ') || 'none is installed';
  onProgress({ state: 'note', text: `no browser, its tests are skipped: ${why}` });
  return null;
}

async function installed(): Promise<Browser[]> {
  const names = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'chrome'];
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const windows = [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA];
  const paths = [
    process.env.CHROME_PATH ?? '',
    ...names.flatMap((name) => folders.map((folder) => join(folder, name))),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ...windows.map((folder) => (folder ? join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe') : '')),
  ];
  return existing(paths);
}

async function playwrights(): Promise<Browser[]> {
  const { chromium } = await import('playwright-core');
  return existing([chromium.executablePath()]);
}

async function existing(paths: string[]): Promise<Browser[]> {
  const found = await Promise.all(paths.map(async (path) => path !== '' && (await runs(path))));
  return paths
    .filter((_, index) => found[index])
    .map((executablePath) => ({ executablePath, args: plainArgs }));
}

/** What that package would switch off is what our pages rely on, and one process crashes as one. */
const unwanted = [
  '--single-process',
  '--disable-web-security',
  '--allow-running-insecure-content',
  '--disable-site-isolation-trials',
];

async function packaged(cacheDir: string, onProgress: OnProgress): Promise<Browser[]> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return [];
  const { default: chromium } = await import('@sparticuz/chromium');
  const args = [...chromium.args.filter((arg) => !unwanted.includes(arg)), '--disable-dev-shm-usage'];
  const manifest = join(
    dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')),
    '../../package.json',
  );
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  const folder = join(cacheDir, `chromium-${version}`);
  const executablePath = join(folder, 'chromium');
  const ready = () =>
    access(executablePath).then(
      () => true,
      () => false,
    );
  if (await ready()) return [{ executablePath, args }];

  onProgress({ state: 'working', text: 'unpacking Chromium' });
  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  // It unpacks into the temporary folder and takes what lies there for whole, so a second process would run
  // half a file: it gets a temporary folder of its own, renamed when done.
  const work = await mkdtemp(join(cacheDir, 'unpack-'));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = work;
  try {
    await chromium.executablePath();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
  await rename(work, folder).catch(() => rm(work, { recursive: true, force: true }));
  return (await ready()) ? [{ executablePath, args }] : [];
}

/** Null when the browser starts and draws a page. */
async function tryOut(browser: Browser): Promise<string | null> {
  const { chromium } = await import('playwright-core');
  try {
    const running = await chromium.launch({ ...browser, timeout: 60_000 });
    try {
      const page = await running.newPage();
      await page.goto('data:text/html,<h1>Tributary</h1>');
      const picture = await page.screenshot();
      return picture.length > 0 ? null : 'it draws nothing';
    } finally {
      await running.close();
    }
  } catch (error) {
    return firstLine(error);
  }
}

function firstLine(error: unknown): string {
  return String((error as Error).message ?? error).split('\n')[0] ?? '';
}
