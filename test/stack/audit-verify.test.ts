import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { stackOfThisTest } from '../support/stack.ts';

const script = fileURLToPath(new URL('../../embedded/audit-verify.ts', import.meta.url));

test('npm run audit:verify says whether the chain holds, and names the entry where it does not', async () => {
  const stack = await stackOfThisTest({ worker: false });
  for (const name of ['One', 'Two', 'Three'])
    await stack.expect(201, 'POST', '/v1/api-keys', { name, scopes: ['read'] });
  const verify = (...args: string[]) =>
    new Promise<{ code: number; said: string }>((resolve) => {
      const env = { ...process.env, ...stack.environment() };
      const child = execFile(process.execPath, ['--import', 'tsx', script, ...args], { env }, (_, out, err) =>
        resolve({ code: child.exitCode ?? -1, said: out + err }),
      );
    });

  const good = await verify();
  expect(good, good.said).toMatchObject({ code: 0 });
  expect(good.said).toContain('3 entries');
  const head = /Head: (3:[\da-f]{64})/.exec(good.said)![1]!;
  expect((await verify(head)).code).toBe(0);

  await stack.sql.begin(async (tx) => {
    await tx`alter table audit disable trigger user`;
    await tx`delete from audit where seq = 3`;
    await tx`alter table audit enable trigger user`;
  });
  expect((await verify()).code).toBe(0);
  const cut = await verify(head);
  expect(cut).toMatchObject({ code: 1, said: expect.stringContaining('Entry 3') });

  await stack.sql.begin(async (tx) => {
    await tx`alter table audit disable trigger user`;
    await tx`update audit set actor_name = 'Nobody' where seq = 2`;
    await tx`alter table audit enable trigger user`;
  });
  expect(await verify()).toMatchObject({ code: 1, said: expect.stringContaining('from entry 2') });
});
