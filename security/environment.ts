import { z } from 'zod';
import { minimumApiKeyLength } from './api-key.ts';
import { type KeyRing, KeyRingError, parseKeyRing } from './key-ring.ts';
import { type SettingInForce, settingsInForce } from './settings-in-force.ts';
import { isLoopbackHost } from './targets.ts';

/** The settings of an installation, read once when a process starts. */
export interface Environment {
  /** null: use the embedded PostgreSQL. */
  databaseUrl: string | null;
  /** null: use the embedded Temporal. */
  temporalAddress: string | null;
  home: string;
  keys: KeyRing | null;
  apiKey: string | null;
  host: string;
  port: number;
  retentionDays: number;
  /** The largest body accepted from an outside system, in bytes after decompression. */
  answerLimit: number;
  /** Whether connections may use private and loopback addresses. */
  allowPrivateTargets: boolean;
  temporalUiUrl: string | null;
  /** The folder of the built console; null: the default build folder. */
  consoleFolder: string | null;
  logLevel: string;
  /** All settings, as shown to people. */
  inForce: SettingInForce[];
}

export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`These settings need attention:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

// All messages are our own: the library's may quote the value, which may be secret.
const url = (protocols: RegExp, error: string) => z.url({ protocol: protocols, error });
const whole = (error: string, min: number, max: number) =>
  z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });

const schema = z.object({
  DATABASE_URL: url(/^postgres(ql)?$/, 'must be a postgres:// URL').optional(),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s/]+:\d+$/, { error: 'must be host:port' })
    .optional(),
  TRIBUTARY_HOME: z.string().default('.tributary'),
  TRIBUTARY_KEYS: z
    .string()
    .transform((text, context) => {
      try {
        return parseKeyRing(text);
      } catch (error) {
        if (!(error instanceof KeyRingError)) throw error;
        context.addIssue({ code: 'custom', message: error.message });
        return z.NEVER;
      }
    })
    .optional(),
  TRIBUTARY_API_KEY: z
    .string()
    .min(minimumApiKeyLength, { error: `must have ${minimumApiKeyLength} characters or more` })
    .regex(/^\S*$/, { error: 'must not hold spaces' })
    .optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: whole('must be a port, 0 to 65535', 0, 65_535).default(3000),
  ANSWER_LIMIT_MIB: whole('must be a number of MiB, 1 to 1024', 1, 1_024).default(32),
  RETENTION_DAYS: whole('must be a number of days, 1 or more', 1, 36_500).default(400),
  ALLOW_PRIVATE_TARGETS: z
    .enum(['true', 'false', '1', '0'], { error: 'must be true or false' })
    .transform((text) => text === 'true' || text === '1')
    .optional(),
  TEMPORAL_UI_URL: url(/^https?$/, 'must be an http(s) URL').optional(),
  TRIBUTARY_CONSOLE: z.string().optional(),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be one of fatal, error, warn, info, debug, trace, silent',
    })
    .default('info'),
});

export type Setting = keyof typeof schema.shape;

/** Reads the settings, or reports all errors at once. An empty text counts as unset. */
export function readEnvironment(
  source: Record<string, string | undefined> = process.env,
  required: Setting[] = [],
): Environment {
  const given = Object.fromEntries(
    Object.keys(schema.shape)
      .map((name) => [name, source[name]?.trim() || undefined])
      .filter(([, value]) => value !== undefined),
  );
  const read = schema.safeParse(given);
  const problems = read.success
    ? []
    : read.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  for (const name of required) if (!(name in given)) problems.push(`${name} is not set`);
  if (!read.success || problems.length > 0) throw new EnvironmentError(problems);
  const { data } = read;
  return {
    databaseUrl: data.DATABASE_URL ?? null,
    temporalAddress: data.TEMPORAL_ADDRESS ?? null,
    home: data.TRIBUTARY_HOME,
    keys: data.TRIBUTARY_KEYS ?? null,
    apiKey: data.TRIBUTARY_API_KEY ?? null,
    host: data.HOST,
    port: data.PORT,
    retentionDays: data.RETENTION_DAYS,
    answerLimit: data.ANSWER_LIMIT_MIB * 2 ** 20,
    allowPrivateTargets: data.ALLOW_PRIVATE_TARGETS ?? isLoopbackHost(data.HOST),
    temporalUiUrl: data.TEMPORAL_UI_URL?.replace(/\/+$/, '') ?? null,
    consoleFolder: data.TRIBUTARY_CONSOLE ?? null,
    logLevel: data.LOG_LEVEL,
    inForce: settingsInForce(given, {
      ...Object.fromEntries(Object.keys(schema.shape).map((name) => [name, undefined])),
      ...data,
      ALLOW_PRIVATE_TARGETS: data.ALLOW_PRIVATE_TARGETS ?? isLoopbackHost(data.HOST),
    }),
  };
}
