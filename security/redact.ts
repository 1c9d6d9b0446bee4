/** Field names whose values are secret anywhere in a log line. */
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

/** For pino's `redact` option: its paths have no wildcard for depth, so three levels are listed. */
export const redaction = {
  censor,
  paths: [
    ...secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
    '*.headers["set-cookie"]',
    '*.headers["x-api-key"]',
    '*.headers["apikey"]',
  ],
};

/** For every logger: removes secrets and reduces errors to what `loggedError` allows. */
export const logOptions = {
  redact: redaction,
  serializers: { err: (error: unknown) => (error instanceof Error ? loggedError(error) : error) },
};

/** Errors whose messages may quote the statement, its parameters or a row. */
const ofDatabase = (error: Error) =>
  error.name === 'PostgresError' ||
  ['query', 'params', 'parameters', 'routine'].some((field) => field in error);

/**
 * What may be logged of an unexpected error: its type, where it was thrown, and its message unless that may hold a
 * statement's parameters.
 */
export function loggedError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(ofDatabase(error) ? {} : { message: error.message }),
    // The first lines of a stack repeat the message.
    stack: error.stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .join('\n'),
    ...(error.cause === undefined ? {} : { cause: loggedError(error.cause) }),
  };
}

/** The secret values of credentials; an id among them is not secret. */
const secretsOf = (credentials: unknown): string[] =>
  Object.entries(credentials ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' && value.length > 3 && name !== 'clientId' ? [value] : [],
  );

/** Whether a text from outside repeats a secret of the credentials sent there. */
export const echoes = (text: string, credentials: unknown): boolean =>
  secretsOf(credentials).some((secret) => text.includes(secret));

/** The text without these secrets. */
export const withoutEchoes = (text: string, credentials: unknown): string =>
  secretsOf(credentials).reduce((clean, secret) => clean.replaceAll(secret, censor), text);
