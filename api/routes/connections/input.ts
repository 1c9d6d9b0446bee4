import { isIP } from 'node:net';
import type { Definition } from '../../../connectors/contract.ts';
import { definitions } from '../../../connectors/definitions.ts';
import { isInwardAddress, isLoopbackHost } from '../../../security/targets.ts';
import { type FieldError, fieldErrors, invalid, Problem, pointerTo } from '../../problem.ts';

/** Settings and credentials follow the kind's own schemas and may only name allowed targets. */
export interface ConnectionInput {
  settings: Record<string, unknown>;
  credentials: Record<string, unknown>;
}

export function definitionFor(kind: string): Definition {
  const definition = definitions.find((candidate) => candidate.kind === kind);
  if (definition) return definition;
  const known = definitions.map((candidate) => candidate.kind).join(', ');
  throw invalid([{ pointer: '/kind', detail: `must be one of ${known}` }]);
}

/** Both normalised, or a problem that names every invalid field. */
export function readConnection(
  definition: Definition,
  given: { settings: unknown; credentials: unknown },
  allowPrivateTargets: boolean,
): ConnectionInput {
  // Before the schemas, whose patterns can be slow on long texts.
  const long = [...tooLong(given.settings, '/settings'), ...tooLong(given.credentials, '/credentials')];
  if (long.length > 0) throw invalid(long);
  const settings = definition.settings.safeParse(given.settings);
  const credentials = definition.credentials.safeParse(given.credentials);
  const errors = [
    ...(settings.error ? fieldErrors(settings.error.issues, '/settings') : []),
    ...(credentials.error ? fieldErrors(credentials.error.issues, '/credentials') : []),
    ...(settings.success ? targetErrors(settings.data, allowPrivateTargets) : []),
  ];
  if (errors.length > 0) throw invalid(errors);
  return { settings: settings.data, credentials: credentials.data } as ConnectionInput;
}

/** Only the credentials in this request count: the stored ones were entered for another host. */
export function readAnew(...asked: Parameters<typeof readConnection>): ConnectionInput {
  try {
    return readConnection(...asked);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const errors = (error.members.errors as FieldError[]).map(({ pointer, detail }) => ({
      pointer,
      detail: `${detail}; the address changed, so enter all credentials again`,
    }));
    throw invalid(errors);
  }
}

/** Whether a URL in the settings changes its origin: credentials entered for one host are not sent to another. */
export function changesOrigin(before: object, after: object): boolean {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].some((key) => originOf(before, key) !== originOf(after, key));
}

function originOf(settings: object, key: string): string | null {
  const value = (settings as Record<string, unknown>)[key];
  return typeof value === 'string' && /^https?:/i.test(value) && URL.canParse(value)
    ? new URL(value).origin
    : null;
}

const longest = 4_000;

const tooLong = (fields: unknown, base: string): FieldError[] =>
  Object.entries(fields ?? {})
    .filter(([, value]) => typeof value === 'string' && value.length > longest)
    .map(([key]) => ({
      pointer: pointerTo([key], base),
      detail: `must not be longer than ${longest} characters`,
    }));

function targetErrors(settings: unknown, allowPrivate: boolean): FieldError[] {
  return Object.entries(settings as Record<string, unknown>).flatMap(([key, value]) => {
    const url =
      typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value) && new URL(value);
    const detail = url && refusal(url, allowPrivate);
    return detail ? [{ pointer: `/settings/${key}`, detail }] : [];
  });
}

/** Checks the URL itself; what its name resolves to is checked with every request. */
function refusal(url: URL, allowPrivate: boolean): string | null {
  if (url.username || url.password) return 'must not carry a user name or password';
  if (url.search || url.hash) return 'must not carry a query or a fragment';
  if (allowPrivate) return null;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isLoopbackHost(host) || (isIP(host) && isInwardAddress(host)))
    return 'names a private address; set ALLOW_PRIVATE_TARGETS=true to allow that';
  return url.protocol === 'https:' ? null : 'must be an https URL';
}
