import { apiPart } from './api.ts';
import { callsPart } from './calls.ts';
import { collectPart } from './collect.ts';
import { consolePart } from './console.ts';
import { setUpDlt } from './dlt.ts';
import { startServers } from './installation.ts';
import { manyPart } from './many.ts';
import { millionPart } from './million.ts';
import { type Part, readOptions, usage } from './options.ts';
import { planPart } from './plan.ts';
import { pollPart } from './poll.ts';
import { print, write } from './report.ts';
import { startPart } from './start.ts';
import type { Section } from './table.ts';
import { weatherPart } from './weather.ts';

/** `npm run bench -- [parts] [options]` */
const options = readOptions(process.argv.slice(2));
if (!options) {
  console.error(usage);
  process.exit(2);
}
const began = performance.now();
const say = (line: string) =>
  console.error(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`);

const dlt = options.dlt && options.parts.includes('collect') ? await setUpDlt(say) : null;
const servers = await startServers(say);
const stop = async () => {
  await dlt?.close();
  await servers.close();
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void stop().finally(() => process.exit(130)));

const run: Record<Part, () => Promise<Section | null>> = {
  collect: () => collectPart(options, servers, dlt, say),
  plan: () => planPart(options, servers, say),
  calls: () => callsPart(options, servers, say),
  many: () => manyPart(options, servers, say),
  weather: () => weatherPart(options, servers, say),
  api: () => apiPart(options, servers, say),
  console: () => consolePart(options, servers, say),
  poll: () => pollPart(servers, say),
  start: () => startPart(say),
  million: () => millionPart(options, servers, say),
};

try {
  for (const part of options.parts) {
    say(part);
    const section = await run[part]();
    if (!section) continue;
    print(section);
    if (options.write) write(section);
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await stop();
}
process.exit();
