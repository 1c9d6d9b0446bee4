import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { consoleFiles } from '../../console/build.ts';
import { connect } from '../../db/client.ts';
import { migrate } from '../../db/migrate.ts';
import { checkoutCache, lockHome, openHome, readJson } from '../../embedded/home.ts';
import { eraseHome } from '../../embedded/postgres/files.ts';
import { startPostgres } from '../../embedded/postgres/postgres.ts';
import { identify, stopProcess } from '../../embedded/processes.ts';
import type { OnProgress } from '../../embedded/progress.ts';
import { startTemporal } from '../../embedded/temporal/temporal.ts';
import { workflowBundle } from '../../temporal/bundle.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server's own database; tests make others beside it. */
    databaseUrl: string;
    /** A migrated database, to be copied: `create database … template …`. */
    templateDatabase: string;
    temporalAddress: string;
    temporalUiUrl: string | null;
  }
}

const template = 'tributary_template';
const prefix = 'tributary-run-';

/**
 * One PostgreSQL and one Temporal for all files of the project `stack`, in a home of their own. `TEST_DATABASE_URL` and
 * `TEST_TEMPORAL_ADDRESS` name running ones instead; a developer's `DATABASE_URL` and `TEMPORAL_ADDRESS` are not touched.
 */
export default async function setup(project: TestProject) {
  process.env.TEMPORAL_ADDRESS = process.env.TEST_TEMPORAL_ADDRESS ?? '';
  delete process.env.DATABASE_URL;
  await sweep();
  const home = await openHome(await mkdtemp(join(await realpath(tmpdir()), prefix)));
  const lock = await lockHome(home);
  const onProgress: OnProgress = ({ state, text }) => {
    if (state !== 'working') console.log(text);
  };
  const given = process.env.TEST_DATABASE_URL;
  const [postgres, temporal] = await Promise.all([
    given ? { url: given, stop: async () => {} } : startPostgres({ home, fsync: false, onProgress }),
    startTemporal({ home, inMemory: true, cacheDir: checkoutCache(), onProgress }),
    // Made here once, so that no test file waits for another's; where it fails, each worker says why.
    workflowBundle().catch((error: unknown) => console.error(String(error))),
    consoleFiles().catch((error: unknown) => console.error(String(error))),
  ]);
  await prepareTemplate(postgres.url);

  project.provide('databaseUrl', postgres.url);
  project.provide('templateDatabase', template);
  project.provide('temporalAddress', temporal.address);
  project.provide('temporalUiUrl', temporal.uiUrl);
  return async () => {
    await Promise.all([temporal.stop(), postgres.stop()]);
    lock.release();
    await eraseHome(home);
  };
}

async function prepareTemplate(url: string): Promise<void> {
  const admin = connect(url, { max: 1 });
  await admin.unsafe(`drop database if exists ${template} with (force)`);
  await admin.unsafe(`create database ${template}`);
  await admin.end();
  await migrate(Object.assign(new URL(url), { pathname: `/${template}` }).toString());
}

/** A run that was killed leaves its servers and its home: its lock is then free. */
async function sweep(): Promise<void> {
  const folder = await realpath(tmpdir());
  for (const name of readdirSync(folder).filter((name) => name.startsWith(prefix))) {
    const home = join(folder, name);
    try {
      // One without a lock is about to be locked by the run that makes it.
      if (!existsSync(join(home, 'lock'))) continue;
      const lock = await lockHome(home);
      const { pid, identity } = readJson(home, 'temporal.json');
      if (typeof pid === 'number' && identify(pid) === identity) await stopProcess(pid);
      // Adopts the one that was left, or starts it, to stop it by its own rules.
      await (await startPostgres({ home, fsync: false })).stop();
      lock.release();
      await eraseHome(home);
    } catch {
      // Another run's, still at work.
    }
  }
}
