import { createInterface } from 'node:readline';
import { accessToken, type TokenSetting, tokenProcess } from './token-parts.ts';

/** A process of its own, to be killed: `{setting, worker, hold}` as its argument, one command a line after that. */
const { setting, worker, hold } = JSON.parse(process.argv[2]!) as {
  setting: TokenSetting;
  worker: boolean;
  /** The race point at which it says so and then waits for ever. */
  hold?: string;
};
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

const parts = await tokenProcess(setting);
if (worker)
  await parts.startWorker(async (name) => {
    if (name !== hold) return;
    say({ at: name });
    await new Promise(() => {});
  });
say({ ready: true });

for await (const line of createInterface({ input: process.stdin })) {
  const { connectionId, callers } = JSON.parse(line) as { connectionId: string; callers: number };
  const tokens = await Promise.all(Array.from({ length: callers }, () => accessToken(parts, connectionId)));
  say({ tokens });
}
