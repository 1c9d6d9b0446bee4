/** Field names whose value is secret wherever they stand in a log line. */
const secretFields = [
  'authorization',
  'cookie',
  'credentials',
  'password',
  'secret',
  'clientSecret',
  'client_secret',
  'apiKey',
  'api_key',
  'accessToken',
  'access_token',
  'refreshToken',
  'refresh_token',
  'token',
  'sealed',
];

const censor = '[redacted]';

/** For pino's `redact` option: pino's paths have no wildcard for depth, so three levels are named. */
export const redaction = {
  censor,
  paths: [
    ...secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
    '*.headers["set-cookie"]',
    '*.headers["x-api-key"]',
    '*.headers["apikey"]',
  ],
};

/** Of every logger: secrets go, and errors say what `loggedError` lets them. */
export const logOptions = {
  redact: redaction,
  serializers: { err: (error: unknown) => (error instanceof Error ? loggedError(error) : error) },
};

/** Their messages may quote the statement, its parameters or a row. */
const ofDatabase = (error: Error) =>
  error.name === 'PostgresError' ||
  ['query', 'params', 'parameters', 'routine'].some((field) => field in error);

/**
 * What a log may say of an error nobody foresaw: what it is, where it was thrown, and its message where that cannot hold
 * what a statement was given.
 */
export function loggedError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(ofDatabase(error) ? {} : { message: error.message }),
    // Its first lines repeat the message.
    stack: error.stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .join('\n'),
    ...(error.cause === undefined ? {} : { cause: loggedError(error.cause) }),
  };
}

/** What nobody may see of credentials; an id that goes with them is no secret. */
const secretsOf = (credentials: unknown): string[] =>
  Object.entries(credentials ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' && value.length > 3 && name !== 'clientId' ? [value] : [],
  );

/** Whether a text from outside repeats a secret of the credentials that were sent there. */
export const echoes = (text: string, credentials: unknown): boolean =>
  secretsOf(credentials).some((secret) => text.includes(secret));

/** The text without them. */
export const withoutEchoes = (text: string, credentials: unknown): string =>
  secretsOf(credentials).reduce((clean, secret) => clean.replaceAll(secret, censor), text);
