import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that have PostgreSQL, Temporal and the workflow bundle waiting: see test/support/stack.ts. */
const needServers = ['activities', 'api', 'bench', 'console', 'db', 'faults', 'replay', 'stack', 'workflows'];
const stack = needServers.map((folder) => `test/${folder}/**/*.test.ts`);

/** Small files that take long: they go first, so that the run does not end with one of them alone. */
const long = /test\/(embedded\/demo|bench\/quick|faults\/sigkill)\.test\.ts$/;

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [
      ...sorted.filter(({ moduleId }) => long.test(moduleId)),
      ...sorted.filter(({ moduleId }) => !long.test(moduleId)),
    ];
  }
}

/**
 * Two projects, so that a test that needs no server pays for none: `vitest run --project unit`. What lies in a folder
 * named above gets the servers, started when the first of those files is asked for.
 */
export default defineConfig({
  test: {
    // Temporal's native addon cannot be loaded in worker threads.
    pool: 'forks',
    // Loading the modules anew for each file would cost the tests' processes a third more.
    isolate: false,
    setupFiles: 'test/support/setup.ts',
    // Many wait rather than work, so three a core; one PostgreSQL serves them all, and has 100 connections.
    maxWorkers: 3 * Math.min(2, availableParallelism()),
    // Servers, workflows and browsers share a few cores: a slow machine takes longer, it does not fail.
    testTimeout: 400_000,
    hookTimeout: 300_000,
    teardownTimeout: 120_000,
    reporters: ['default'],
    sequence: { sequencer: LongFirst },
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
