import { isIP } from 'node:net';
import type { Definition } from '../../../connectors/contract.ts';
import { definitions } from '../../../connectors/definitions.ts';
import { isInwardAddress, isLoopbackHost } from '../../../security/targets.ts';
import { type FieldError, fieldErrors, invalid, Problem, pointerTo } from '../../problem.ts';

/** Settings and credentials are what the kind's own schemas say, and may only name targets we may ask. */
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

/** Both normalised, or a problem that names every field that is wrong. */
export function readConnection(
  definition: Definition,
  given: { settings: unknown; credentials: unknown },
  allowPrivateTargets: boolean,
): ConnectionInput {
  // Before the schemas: some of their patterns take long over a long text.
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

/** With the credentials that came with this request alone: those we keep were entered for another host. */
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

/** Whether a URL among the settings now leads to another origin: what was entered for one is not sent to the other. */
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

/** What can be told from the URL alone; where a name leads is looked at again with every request. */
function refusal(url: URL, allowPrivate: boolean): string | null {
  if (url.username || url.password) return 'must not carry a user name or password';
  if (url.search || url.hash) return 'must not carry a query or a fragment';
  if (allowPrivate) return null;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isLoopbackHost(host) || (isIP(host) && isInwardAddress(host)))
    return 'names a private address; set ALLOW_PRIVATE_TARGETS=true if that is meant';
  return url.protocol === 'https:' ? null : 'must be an https URL';
}
