import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { listPictures } from './list.ts';
import { pictures } from './pages.ts';
import { shoot } from './shoot.ts';
import { setStage } from './stage.ts';

/**
 * `npm run screenshots`: every page of the console with the demo's data, light, dark and on a phone, into
 * docs/screenshots. `--only a,b` takes some; `--whole` takes pages in their full length; `--out` names another folder;
 * `--stay` keeps the installation up and prints what `--at` is given to use it again.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    out: { type: 'string', default: 'docs/screenshots' },
    whole: { type: 'boolean', default: false },
    stay: { type: 'boolean', default: false },
    at: { type: 'string' },
    url: { type: 'string' },
  },
});

const stage = values.at ? JSON.parse(values.at) : await setStage();
const end = async (code: number) => {
  await stage.close?.();
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(0));

const only = values.only?.split(',');
const wanted = pictures.filter(({ name }) => !only || only.includes(name));
await shoot({ ...stage, url: values.url ?? stage.url }, wanted, values.out, values.whole).catch(
  async (error: unknown) => {
    console.error(error);
    if (!values.stay) await end(1);
  },
);
if (!only) await listPictures(values.out, pictures);
if (values.stay) {
  console.log(`--at '${JSON.stringify(stage)}'`);
  for (;;) await sleep(3_600_000);
}
await end(0);
