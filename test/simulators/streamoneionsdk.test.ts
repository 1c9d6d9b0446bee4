import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { startStreamOneIon } from '../../simulators/streamone-ion/server.ts';
import { pythonWith } from '../support/pip.ts';

/** A client of Ion that is not ours: what it makes of the simulator says whether both mean the same API. */
const run = promisify(execFile);
const version = '0.1.8';
const here = fileURLToPath(new URL('.', import.meta.url));

let found: Awaited<ReturnType<typeof pythonWith>>;
beforeAll(async () => {
  found = await pythonWith('streamoneionsdk', version);
}, 330_000);

test("TD SYNNEX's own Python client lists everything and renews its token", async (context) => {
  if ('missing' in found) {
    console.log(`Skipped: pip cannot install streamoneionsdk ${version} here (${found.missing}).`);
    return context.skip();
  }
  const ion = await startStreamOneIon({
    customers: 130,
    subscriptions: 340,
    accessToken: 'access-1',
    refreshToken: 'refresh-1',
    validateDeadStatus: 401,
  });
  try {
    const client = async (access: string, refresh: string) => {
      const given = [join(here, 'streamoneionsdk.py'), ion.url, access, refresh];
      const { stdout } = await run((found as { python: string }).python, given, { timeout: 60_000 });
      return JSON.parse(stdout);
    };
    const everything = { customers: 130, subscriptions: 340 };
    expect(await client('access-1', 'refresh-1')).toEqual({ ...everything, refreshed: false });
    expect(ion.state.tokens.exchanges).toBe(0);
    expect(await client('an-access-token-long-dead', 'refresh-1')).toEqual({
      ...everything,
      refreshed: true,
    });
    expect(ion.state.tokens).toMatchObject({ exchanges: 1, refused: 0 });
  } finally {
    await ion.close();
  }
});
