import type { Explain } from '../http.ts';

/** What a request was about, for the text of a failure. */
export type Resource =
  | 'Client'
  | 'Site'
  | 'SoftwareLicence'
  | 'ExternalLink'
  | 'TopLevel'
  | 'Agent'
  | 'Tickets';

/** The API application's scopes and the agent's feature access; both must grant a right. */
const permissions: Record<Resource, { read: string; edit: string; access: string }> = {
  Client: { read: 'read:customers', edit: 'edit:customers', access: 'Customers' },
  Site: { read: 'read:customers', edit: 'edit:customers', access: 'Customers' },
  TopLevel: { read: 'read:customers', edit: 'edit:customers', access: 'Customers' },
  SoftwareLicence: {
    read: 'read:softwarelicensing',
    edit: 'edit:softwarelicensing',
    access: 'Software Licensing',
  },
  // Halo documents no separate scope for these two.
  ExternalLink: { read: 'all', edit: 'all', access: 'Software Licensing' },
  Agent: { read: 'all', edit: 'all', access: 'Agents' },
  Tickets: { read: 'read:tickets', edit: 'edit:tickets', access: 'Tickets' },
};

const remedy = 'Check the base URL, e.g. https://acme.halopsa.com.';

/** Explains errors of Halo's API for one kind of request. */
export function explainer(resource: Resource | null, write: boolean): Explain {
  return ({ status, json, text }) => {
    const what = resource ? nouns[resource] : 'this';
    // Halo also answers 401 for a missing right; the token was already renewed once before this.
    if (status === 401 || status === 403) {
      const verb = write ? 'write' : 'read';
      return {
        kind: 'forbidden',
        message: `HaloPSA does not let this application ${verb} ${what} (${status}).`,
        remedy: resource
          ? permissionRemedy(resource, write)
          : 'Check the permissions of the API application and its agent.',
      };
    }
    if (status === 404) {
      // Halo's own 404 for a record has an empty body; a gateway's 404 must not be read as "deleted".
      if (resource && json !== undefined)
        return { kind: 'intermediary', message: 'The system that answered is not HaloPSA (404).', remedy };
      return {
        message: `HaloPSA does not know ${write ? `what was to be written (${what})` : what} (404).`,
        remedy,
      };
    }
    if (status === 429) {
      const limit = /(\d+) Requests/i.exec(said(json) ?? '')?.[1];
      return {
        message: `HaloPSA's rate limit is reached${limit ? ` (${limit} requests in 5 minutes)` : ''}.`,
        remedy: `Tributary continues by itself. If this recurs, set callsPerFiveMinutes below ${limit ?? "HaloPSA's limit"}: other integrations share the limit.`,
      };
    }
    if (status >= 500) {
      return {
        message: `HaloPSA failed on a request for ${what} (${status}).`,
        remedy:
          'Tributary retries automatically. If the error persists, check in the browser that HaloPSA works.',
      };
    }
    const reason = said(json) ?? plain(text);
    return {
      message: `HaloPSA refused ${what}: ${reason ?? `it answered ${status} without a reason`}`,
      remedy: 'Correct the record it names, at the distributor or in HaloPSA, and import again.',
    };
  };
}

const nouns: Record<Resource, string> = {
  Client: 'clients',
  Site: 'sites',
  SoftwareLicence: 'licences',
  ExternalLink: 'external links',
  TopLevel: 'top levels',
  Agent: 'agents',
  Tickets: 'tickets',
};

export function permissionRemedy(resource: Resource, write: boolean): string {
  const { read, edit, access } = permissions[resource];
  return `In HaloPSA give the API application the permission ${write ? edit : read} (or all), and its agent ${write ? 'read and modify' : 'read'} access to ${access}.`;
}

/** The message of an error body: a string, an array, field errors, a .NET exception, or an OAuth error. */
export function said(json: unknown): string | null {
  if (typeof json === 'string') return tidy(json);
  if (Array.isArray(json)) return join(json.map(said));
  if (!json || typeof json !== 'object') return null;
  const body = json as Record<string, unknown>;
  if (typeof body.Message === 'string') return tidy(body.Message);
  const fields = fieldErrors(body) ?? (isObject(body.errors) ? fieldErrors(body.errors) : null);
  if (fields) return fields;
  for (const key of ['errorMessage', 'error_description', 'error', 'message', 'title']) {
    if (typeof body[key] === 'string' && body[key].trim()) return tidy(body[key]);
  }
  return null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function fieldErrors(body: Record<string, unknown>): string | null {
  const entries = Object.entries(body);
  const isList = (v: unknown) => Array.isArray(v) && v.every((one) => typeof one === 'string');
  if (entries.length === 0 || !entries.every(([, v]) => isList(v))) return null;
  return join(
    entries.map(([path, messages]) => {
      // `[3].count` is the fourth object of the array we sent.
      const field = path.replace(/^\[(\d+)\]\.?/, (_, index) => `record ${Number(index) + 1} `).trim();
      const texts = join((messages as string[]).map(tidy)) ?? 'is not valid';
      return field ? `${field}: ${texts}` : texts;
    }),
  );
}

const join = (parts: (string | null)[]) => [...new Set(parts.filter(Boolean))].join('; ') || null;

/** The text of an error body that is not JSON, unless it is a web page. */
const plain = (text: string) => (text.trim() && !text.includes('<') && text.length < 500 ? tidy(text) : null);

/** Removes database and stack text, secrets, and the rejected value, which may be a person's name. */
export function tidy(message: string): string {
  const line = message
    .trim()
    .split(/\r?\n|\s+at \w[\w.]*\.\w+\(/)[0]!
    .trim();
  const database = /database error occurred(?:\s*\((\d+)\))?/i.exec(line);
  if (database) return `a database error${database[1] ? ` (${database[1]})` : ''}`;
  if (databaseText.test(line)) return 'a database error';
  const shown = line
    .replace(/^CODE:\S+\s+/, '')
    .replace(/\bvalue (['"]).*\1 is not/i, 'value is not')
    .replace(/(could not convert [\w ]+ to [\w ]+): .*$/i, '$1.')
    .replace(/\b(error converting value) .*? (to type)/i, '$1 $2')
    .replace(/\s*Path '[^']*', line \d+, position \d+\.?/g, '')
    .replace(/\bBearer\s+\S+|\beyJ[\w-]{8,}(\.[\w-]*)*/g, '…');
  return shown.length > 300 ? `${shown.slice(0, 299)}…` : shown;
}

export const without = (text: string, secrets: string[]) =>
  secrets.reduce((rest, secret) => (secret ? rest.replaceAll(secret, '…') : rest), text);

const databaseText =
  /SqlException|\bSQL Server\b|cannot insert (the value|duplicate)|violation of (unique|primary) key|(INSERT|UPDATE|DELETE) statement conflicted|invalid (column|object) name|string or binary data would be truncated|deadlock/i;
