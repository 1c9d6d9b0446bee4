import type { SimRequest, SimResponse } from '../harness.ts';
import { customerRecord } from './records.ts';
import { fail, missing } from './replies.ts';
import { addCustomer, type CustomerRow, type IonState, touch, type Wire } from './state.ts';

type Params = Record<string, string>;

/** Wire name → the name the service complains about; both are the service's. */
const required: Record<string, string> = {
  customerOrganization: 'orgName',
  customerName: 'customerName',
  customerEmail: 'customerEmail',
  languageCode: 'languageCode',
  customerAddress: 'customerAddress',
};
const requiredAddress = ['street', 'city', 'state', 'zip', 'country'];
const optional = [
  'customerTitle',
  'customerPhone',
  'alternateEmail',
  'primaryContactFirstName',
  'primaryContactLastName',
  'customerDomain',
];

export function createCustomer(req: SimRequest, state: IonState): SimResponse {
  const body = readBody(req.text);
  const refusal = check(state, body);
  if (refusal) return refusal;
  const row = addCustomer(state, writable(body!));
  const record = customerRecord(state, row);
  const user = {
    name: `${record.name}/users/1`,
    userName: record.customerEmail,
    email: record.customerEmail,
    userStatus: 'PENDING_EMAIL_VALIDATION',
    // A plaintext secret in an answer, as in the real service: it must not appear anywhere else.
    password: `Initial-${row.id}-secret`,
    createTime: record.createTime,
    updateTime: record.updateTime,
  };
  return { status: 200, body: { ...record, user } };
}

export function getCustomer(_: SimRequest, state: IonState, { customer }: Params): SimResponse {
  const row = state.customerById.get(customer!);
  return row ? { status: 200, body: customerRecord(state, row) } : noCustomer(state, customer!);
}

/** The whole record is replaced: what the body leaves out is cleared (unknown in public; the harsher reading). */
export function updateCustomer(req: SimRequest, state: IonState, { customer }: Params): SimResponse {
  const row = state.customerById.get(customer!);
  if (!row) return noCustomer(state, customer!);
  const body = readBody(req.text);
  const refusal = check(state, body, row);
  if (refusal) return refusal;
  const { createTime, customerStatus } = customerRecord(state, row);
  row.own = { ...writable(body!), createTime, customerStatus };
  row.company = undefined;
  row.updatedAt = state.clock();
  touch(state);
  return { status: 200, body: customerRecord(state, row) };
}

export function cloudProfiles(_: SimRequest, state: IonState, { customer }: Params): SimResponse {
  const row = state.customerById.get(customer!);
  if (!row) return noCustomer(state, customer!);
  const { customerOrganization } = customerRecord(state, row);
  const microsoft = {
    providerId: '30',
    displayName: 'Microsoft CSP',
    shortName: 'AZURE',
    enabled: true,
    ...(row.company && { customerTenantId: row.company.tenantId, customerDomain: row.company.domain }),
    gdapStatus: 'ACTIVE',
  };
  return {
    status: 200,
    body: { customerId: row.id, customerOrganization, customerCloudProfiles: [microsoft] },
  };
}

const noCustomer = (state: IonState, id: string) =>
  missing(state, `accounts/${state.settings.accountId}/customers/${id}`);

function check(state: IonState, body: Wire | undefined, self?: CustomerRow): SimResponse | undefined {
  if (!body) return fail(state, 400, 'INVALID_ARGUMENT', 'the body is not a JSON object');
  for (const [key, name] of Object.entries(required))
    if (!body[key]) return fail(state, 400, 'INVALID_REQUEST', `must have required property '${name}'`);
  const address = body.customerAddress as Wire;
  for (const key of requiredAddress)
    if (!address[key]) return fail(state, 400, 'INVALID_REQUEST', `must have required property '${key}'`);
  if (!/^[A-Z]{2}$/i.test(String(address.country)))
    return fail(state, 400, 'INVALID_ARGUMENT', 'country must be a two letter code');
  if (!/^[A-Z]{2}$/i.test(String(body.languageCode)))
    return fail(state, 412, 'FAILED_PRECONDITION', 'language is not valid', { code: 'CUS-CR-002' });
  const email = String(body.customerEmail).toLowerCase();
  const used = state.customers.some((row) => row !== self && emailOf(row) === email);
  const detail = { code: 'CUS-CR-001', referenceEntity: 'primaryContactEmail' };
  return used ? fail(state, 412, 'FAILED_PRECONDITION', 'email is already in use', detail) : undefined;
}

const emailOf = ({ own, company }: CustomerRow) =>
  String(own.customerEmail ?? company?.contact.email ?? '').toLowerCase();

/** Status, uid and times are output only. */
function writable(body: Wire): Wire {
  const keys = [...Object.keys(required), ...optional].filter((key) => body[key] !== undefined);
  return Object.fromEntries(keys.map((key) => [key, body[key]]));
}

/** JSON bodies are read in camelCase and snake_case alike. */
export function readBody(text: string): Wire | undefined {
  try {
    const camel = (_: string, value: unknown) =>
      value && typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(
            Object.entries(value).map(([k, v]) => [k.replace(/_([a-z])/g, (_, c) => c.toUpperCase()), v]),
          )
        : value;
    const body = JSON.parse(text, camel);
    return body && typeof body === 'object' && !Array.isArray(body) ? body : undefined;
  } catch {
    return undefined;
  }
}
