import { parseArgs } from 'node:util';

/** `npm run simulator -- <kind> --port 0 --customers 300 …`: one simulator, its URL as one line of JSON on stdout. */
type Started = { url: string; close(): Promise<void> };
/** Typed as a record of nothing because each simulator declares options of its own and all of them are optional. */
type Starter = (options: Record<string, never>) => Promise<Started>;

/** Loaded on demand, so that one simulator does not need the others. */
const kinds: Record<string, () => Promise<Starter>> = {
  arrowsphere: async () => (await import('./arrowsphere/server.ts')).startArrowSphere,
  halopsa: async () => (await import('./halopsa/server.ts')).startHaloPsa,
  'streamone-ion': async () => (await import('./streamone-ion/server.ts')).startStreamOneIon,
  'streamone-stellr': async () => (await import('./streamone-stellr/server.ts')).startStreamOneStellr,
};

const { kind, options } = readArguments(process.argv.slice(2));
const load = kinds[kind];
if (!load) {
  console.error(`Name a simulator: ${Object.keys(kinds).join(', ')}.`);
  process.exit(2);
}
const simulator = await (await load())(options);
console.log(JSON.stringify({ kind, url: simulator.url }));
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, async () => {
    await simulator.close();
    process.exit(0);
  });

/** Any `--some-key value` becomes option `someKey`, a number where it reads as one; `--some-key` alone is true. */
function readArguments(args: string[]): { kind: string; options: Record<string, never> } {
  const { tokens } = parseArgs({ args, strict: false, allowPositionals: true, tokens: true });
  const values: Record<string, string | number | boolean> = {};
  let kind = '';
  let open = '';
  for (const token of tokens) {
    if (token.kind === 'option') {
      open = token.name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      values[open] = token.value === undefined ? true : convert(token.value);
      if (token.value !== undefined) open = '';
    } else if (token.kind === 'positional') {
      if (open) values[open] = convert(token.value);
      else kind ||= token.value;
      open = '';
    }
  }
  return { kind, options: values as Record<string, never> };
}

function convert(text: string): string | number | boolean {
  if (/^-?\d+(\.\d+)?$/.test(text) && String(Number(text)) === text) return Number(text);
  return text === 'true' ? true : text === 'false' ? false : text;
}
