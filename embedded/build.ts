import { dirname, relative } from 'node:path';
import { buildConsole } from '../console/build.ts';
import { buildBundle } from '../temporal/bundle.ts';
import { compileTo } from './compile.ts';

/** `npm run build`: builds what an image runs, in `dist/`. */
const bundle = await buildBundle();
const programs = ['worker.ts', 'api/server.ts'].map((entry) => compileTo(dirname(bundle), entry));
for (const path of [bundle, ...(await Promise.all(programs)), await buildConsole()])
  console.log(`${relative('', path)} written`);
