import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { keep } from '../temporal/bundle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Below the checkout, whatever `TRIBUTARY_CACHE` says, because packages are resolved from there. */
const kept = join(root, 'node_modules', '.cache', 'tributary', 'programs');

/**
 * One of our programs (`worker.ts`) bundled into one JavaScript file, without packages. Translating at the start would
 * take longer and need some 80 MB more for the whole run.
 */
async function compile(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    write: false,
    plugins: [knowingItsSource],
    // Marks the program's main file, which checks whether it was started or imported.
    banner: { js: `process.argv[1] = ${JSON.stringify(join(root, entry))};` },
  });
  return outputFiles[0]!.text;
}

/** Files located by a source's `import.meta.url` are still found from the bundle. */
const knowingItsSource: Plugin = {
  name: 'knowing-its-source',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/, namespace: 'file' }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      return {
        contents: source.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
        loader: 'ts',
      };
    });
  },
};

/** Node's arguments to run one of our programs: bundled, or from source if nothing can be cached. */
export async function runnable(entry: string): Promise<string[]> {
  const code = await compile(entry);
  const hash = createHash('sha256').update(code).digest('hex').slice(0, 16);
  return keep(kept, `${basename(entry, '.ts')}-${hash}.js`, code).then(
    (path) => [path],
    () => ['--import', 'tsx', join(root, entry)],
  );
}

/** `npm run build`: for an image, with a fixed name. */
export async function compileTo(folder: string, entry: string): Promise<string> {
  return keep(folder, `${basename(entry, '.ts')}.js`, await compile(entry));
}
