import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests that have PostgreSQL, Temporal and the workflow bundle waiting: see test/support/stack.ts. */
const needServers = ['activities', 'api', 'bench', 'console', 'db', 'faults', 'replay', 'stack', 'workflows'];
const stack = needServers.map((folder) => `test/${folder}/**/*.test.ts`);

/**
 * Two projects, so that a test that needs no server pays for none: `vitest run --project unit`. What lies in a folder
 * named above gets the servers, started when the first of those files is asked for.
 */
export default defineConfig({
  test: {
    // Temporal's native addon cannot be loaded in worker threads.
    pool: 'forks',
    // Loading the modules anew for each file would take a quarter of the run.
    isolate: false,
    // Many wait rather than work, so three a core; one PostgreSQL serves them all, and has 100 connections.
    maxWorkers: 3 * Math.min(2, availableParallelism()),
    // Servers, workflows and browsers share a few cores: a slow machine takes longer, it does not fail.
    testTimeout: 400_000,
    hookTimeout: 300_000,
    teardownTimeout: 120_000,
    reporters: ['default'],
    unstubEnvs: true,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: stack } },
      {
        extends: true,
        test: {
          name: 'stack',
          include: stack,
          globalSetup: 'test/support/global-setup.ts',
        },
      },
    ],
  },
});
