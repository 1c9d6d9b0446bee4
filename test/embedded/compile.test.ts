import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compileTo, runnable } from '../../embedded/compile.ts';
import { plainEnvironment } from '../../embedded/processes.ts';

const start = (args: string[]) =>
  spawnSync(process.execPath, args, { cwd: tmpdir(), env: plainEnvironment(), encoding: 'utf8' });

describe('compiled programs', { timeout: 60_000 }, () => {
  test.each(['worker.ts', 'api/server.ts'])(
    '%s runs and says what it needs, wherever it is started',
    async (entry) => {
      const args = await runnable(entry);
      expect(args).toHaveLength(1);
      // Its packages are found from there.
      expect(args[0]).toContain(resolve('node_modules') + sep);
      const { status, stderr } = start(args);
      expect(status).toBe(1);
      expect(stderr).toContain('DATABASE_URL');
      // The same source is the same file.
      expect(await runnable(entry)).toEqual(args);
    },
  );

  test('finds what lies beside its sources', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-compiled-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    // Only what comes with Node, as no package is found from here.
    const { stdout, stderr } = start([await compileTo(folder, 'test/embedded/beside.ts')]);
    expect(stderr).toBe('');
    expect(stdout.trim()).toBe(`started ${resolve('test/embedded/beside.ts')}`);
  });
});
