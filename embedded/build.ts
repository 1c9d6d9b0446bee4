import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildBundle } from '../temporal/bundle.ts';
import { compileTo } from './compile.ts';

/** `npm run build`: what an image runs, in `dist/`. */
const root = fileURLToPath(new URL('..', import.meta.url));
const programs = ['worker.ts', 'api/server.ts'];
const written = [
  await buildBundle(),
  ...(await Promise.all(programs.map((entry) => compileTo(join(root, 'dist'), entry)))),
];
for (const path of written) console.log(`${relative(root, path)} written`);
