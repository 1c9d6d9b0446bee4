/** RFC 9457 problems: the contract's stable types, each with its meaning and remedy. */
export const problems = {
  'invalid-request': [400, 'The request is not valid', 'Correct the fields named in `errors` and send the request again.'],
  'not-found': [404, 'Not found', 'Check the path and the id. It may have been deleted.'],
  conflict: [409, 'The request conflicts with the current state', 'Read the current state and try again.'],
  'client-taken': [409, 'The client is mapped to another customer', 'Remove the other mapping first, or choose another client.'],
  'import-running': [409, 'An import of this kind is running', 'Wait for the import named in `importId` to end, or cancel it.'],
  'preview-expired': [409, 'The preview is out of date', 'Make a new preview and apply it.'],
  'different-account': [409, 'These credentials belong to another account', "Use credentials of the connection's account, or add a new connection."],
  'in-use': [409, 'Still in use', 'Delete what `usedBy` names first.'],
  'not-applicable': [409, 'Not possible here', 'See the detail for the reason.'],
  unauthorised: [401, 'An API key is needed', 'Send `Authorization: Bearer <api key>` with the key this installation was given.'],
  forbidden: [403, 'Not allowed', 'Use a key with the permission named in the detail.'],
  'reauth-required': [409, 'A new refresh token is needed', 'Create a refresh token at the distributor and enter it in the connection.'],
  'no-worker': [503, 'No worker is running', 'Start a worker (`npm run worker`), then try again.'],
  'still-working': [504, 'Still running', 'The work continues. Read the result at `Location`.'],
  'upstream-failed': [502, 'Another system failed', 'See the detail for which one. Try again later.'],
  'rate-limited': [429, 'Too many requests', 'Wait for the time in `Retry-After`, then try again.'],
} as const satisfies Record<string, readonly [status: number, title: string, todo: string]>; // biome-ignore format: a table

export type ProblemType = keyof typeof problems;

export interface FieldError {
  /** A JSON pointer into the request's body, or a slash and the name of a query parameter or header. */
  pointer: string;
  detail: string;
}

export interface ProblemExtra {
  status?: number;
  headers?: Record<string, string>;
  errors?: FieldError[];
  [member: string]: unknown;
}

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly type: ProblemType;
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly members: Record<string, unknown>;

  constructor(type: ProblemType, detail: string, { status, headers, ...members }: ProblemExtra = {}) {
    super(detail);
    this.type = type;
    this.status = status ?? problems[type][0];
    this.headers = headers ?? {};
    this.members = members;
  }

  toJSON() {
    return {
      type: `/problems/${this.type}`,
      title: problems[this.type][1],
      status: this.status,
      detail: this.message,
      todo: problems[this.type][2],
      ...this.members,
    };
  }
}

/** At most this many invalid fields are named; all are counted. */
const named = { errors: 100, inDetail: 10 };

/** The errors shown and, if those are not all, how many there are. */
export const shownErrors = (errors: readonly FieldError[]) => ({
  errors: errors.slice(0, named.errors),
  ...(errors.length > named.errors ? { errorCount: errors.length } : {}),
});

/** A request refused because of these fields. */
export function invalid(errors: readonly FieldError[], where = '') {
  const more = errors.length - named.inDetail;
  const sentences = errors.slice(0, named.inDetail).map(({ pointer, detail }) => `${pointer}: ${detail}`);
  if (more > 0) sentences.push(`and ${more} more`);
  return new Problem('invalid-request', where + sentences.join('; '), shownErrors(errors));
}

export const notFound = (what: string) => new Problem('not-found', `No ${what} has this id or path.`);

/** The row, or a 404 that names what was not found. */
export function found<Row>(row: Row | null | undefined, what: string): Row {
  if (row === null || row === undefined) throw notFound(what);
  return row;
}

interface Issue {
  code?: string;
  path: PropertyKey[];
  message: string;
  keys?: readonly string[];
}

/** A JSON pointer; very long names are truncated. */
export const pointerTo = (path: readonly PropertyKey[], base = ''): string =>
  [base, ...path.map((part) => clip(String(part)).replaceAll('~', '~0').replaceAll('/', '~1'))].join('/') ||
  '/';

const clip = (name: string) => (name.length > 100 ? `${name.slice(0, 99)}…` : name);

/** zod's issues as pointers below `base`. Unknown keys are named themselves. */
export function fieldErrors(issues: readonly Issue[], base = ''): FieldError[] {
  return issues.flatMap(({ code, path, message, keys }) =>
    code === 'unrecognized_keys' && keys
      ? keys.map((key) => ({ pointer: pointerTo([...path, key], base), detail: 'is not known here' }))
      : [{ pointer: pointerTo(path, base), detail: message }],
  );
}
