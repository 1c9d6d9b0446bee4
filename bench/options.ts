import { parseArgs } from 'node:util';

export const parts = [
  'collect',
  'plan',
  'calls',
  'many',
  'weather',
  'api',
  'console',
  'poll',
  'start',
  'million',
] as const;
export type Part = (typeof parts)[number];

export interface Options {
  parts: Part[];
  /** Records of `collect` and `plan`. */
  subscriptions: number;
  /** Milliseconds a page of the source takes. */
  latencies: number[];
  repeats: number;
  dltRepeats: number;
  dlt: boolean;
  /** Records of `calls`. */
  haloSubscriptions: number;
  /** … and how many of them change. */
  haloChanges: number;
  /** Records of `weather`. */
  weatherSubscriptions: number;
  integrations: number;
  subscriptionsEach: number;
  apiSubscriptions: number;
  /** Of each autocannon run. */
  seconds: number;
  /** Rewrites the sections of docs/benchmarks.md that were measured. */
  write: boolean;
}

const full: Omit<Options, 'parts'> = {
  subscriptions: 100_000,
  latencies: [0, 50],
  repeats: 3,
  dltRepeats: 3,
  dlt: true,
  haloSubscriptions: 5_000,
  haloChanges: 250,
  weatherSubscriptions: 20_000,
  integrations: 50,
  subscriptionsEach: 2_000,
  apiSubscriptions: 1_000_000,
  seconds: 5,
  write: true,
};

const quick: typeof full = {
  ...full,
  subscriptions: 5_000,
  latencies: [0],
  repeats: 1,
  dltRepeats: 1,
  haloSubscriptions: 500,
  haloChanges: 50,
  weatherSubscriptions: 1_000,
  integrations: 6,
  subscriptionsEach: 200,
  apiSubscriptions: 20_000,
  seconds: 1,
  write: false,
};

export const usage = `npm run bench -- [${parts.join('] [')}] [options]
Without a part: all but million, which takes long.
  --quick                  small sizes, once: a smoke test of about two minutes
  --subscriptions n        records of collect and plan (100000)
  --latency 0,50           milliseconds a page of the source takes
  --repeats n              measurements of each (3); --dlt-repeats n for dlt alone
  --no-dlt                 without the peer
  --halo-subscriptions n   records of calls (5000); --halo-changes n of them change (250)
  --weather-subscriptions n records of weather (20000)
  --integrations n         of many (50), with --each n subscriptions (2000)
  --api-subscriptions n    rows of the ledger behind the API (1000000)
  --seconds n              of each run of requests (5)
  --no-write               leaves docs/benchmarks.md as it is`;

export function readOptions(args: string[]): Options | null {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      quick: flag, 'no-dlt': flag, 'no-write': flag, help: flag, latency: text, subscriptions: text, repeats: text,
      'dlt-repeats': text, 'weather-subscriptions': text, 'halo-subscriptions': text, 'halo-changes': text, integrations: text, each: text,
      'api-subscriptions': text, seconds: text,
    }, // biome-ignore format: a list
  });
  if (values.help || positionals.some((part) => !parts.includes(part as Part))) return null;
  const base = values.quick ? quick : full;
  const number = (given: string | undefined, otherwise: number) =>
    given === undefined ? otherwise : Number(given);
  const repeats = number(values.repeats, base.repeats);
  return {
    parts: positionals.length > 0 ? (positionals as Part[]) : parts.filter((part) => part !== 'million'),
    subscriptions: number(values.subscriptions, base.subscriptions),
    latencies: values.latency ? values.latency.split(',').map(Number) : base.latencies,
    repeats,
    dltRepeats: number(values['dlt-repeats'], repeats),
    dlt: base.dlt && !values['no-dlt'],
    haloSubscriptions: number(values['halo-subscriptions'], base.haloSubscriptions),
    haloChanges: number(values['halo-changes'], base.haloChanges),
    weatherSubscriptions: number(values['weather-subscriptions'], base.weatherSubscriptions),
    integrations: number(values.integrations, base.integrations),
    subscriptionsEach: number(values.each, base.subscriptionsEach),
    apiSubscriptions: number(values['api-subscriptions'], base.apiSubscriptions),
    seconds: number(values.seconds, base.seconds),
    write: base.write && !values['no-write'],
  };
}
