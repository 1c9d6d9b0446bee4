import { z } from 'zod';
import type { CustomerFields } from '../../domain/change.ts';
import type { Customer } from '../../domain/customer.ts';
import { Failure } from '../../domain/failure.ts';
import { unclear } from '../http.ts';
import { ask, type IonContext } from './client.ts';
import { camel, readCustomer } from './wire.ts';

/** The fields Ion accepts for a customer; the rest of the record is read-only. */
const record = z.object({
  customerOrganization: z.string().min(1),
  customerName: z.string().min(1),
  customerEmail: z.string().min(1),
  languageCode: z.string().length(2),
  customerAddress: z.object({
    street: z.string().min(1),
    suite: z.string().optional(),
    city: z.string().min(1),
    state: z.string().min(1),
    zip: z.string().min(1),
    country: z.string().length(2),
  }),
  customerTitle: z.string().optional(),
  customerPhone: z.string().optional(),
  alternateEmail: z.string().optional(),
  primaryContactFirstName: z.string().optional(),
  primaryContactLastName: z.string().optional(),
  customerDomain: z.string().optional(),
});

export type CustomerRecord = z.output<typeof record>;

/** Our fields as Ion's. Without a contact person the company is used, and without a region the city. */
export function customerRecord(fields: CustomerFields): Partial<CustomerRecord> {
  const { name, email, phone, domain, language, firstName, lastName, address } = fields;
  const person = [firstName, lastName].filter(Boolean).join(' ') || name;
  return given({
    customerOrganization: name,
    customerName: person,
    customerEmail: email,
    languageCode: language?.toUpperCase(),
    customerAddress:
      address &&
      given({
        street: address.line1,
        suite: address.line2,
        city: address.city,
        state: address.state || address.city,
        zip: address.postcode,
        country: address.country?.toUpperCase(),
      }),
    customerPhone: phone,
    primaryContactFirstName: firstName,
    primaryContactLastName: lastName,
    customerDomain: domain,
  }) as Partial<CustomerRecord>;
}

const given = (fields: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  );

/**
 * Ion has no idempotency key: after an ambiguous failure, look for the unique e-mail address before retrying. The
 * first user's password in the answer never leaves the client.
 */
export async function createCustomer(
  context: IonContext,
  customer: Partial<CustomerRecord>,
): Promise<Customer> {
  const json = check({ languageCode: 'EN', ...customer });
  return answered(context, await ask(context, 'customers', { method: 'POST', json, write: true }));
}

/**
 * Changes the fields given. PUT replaces the record and may clear what is left out, so the record is read first and
 * sent back whole.
 */
export async function updateCustomer(
  context: IonContext,
  id: string,
  change: Partial<CustomerRecord>,
): Promise<Customer> {
  const path = `customers/${encodeURIComponent(id)}`;
  const current = await ask(context, path, {}, (json) => {
    const read = readCustomer(json, context.settings);
    if ('row' in read && read.row.id === id) return camel(json) as Partial<CustomerRecord>;
    throw new Failure('bad-answer', 'Ion returned something other than the requested customer.');
  });
  const customerAddress = { ...current.customerAddress, ...change.customerAddress };
  const json = check({ ...current, ...change, customerAddress });
  return answered(context, await ask(context, path, { method: 'PUT', json, write: true }));
}

/** Keeps the writable fields, drops Ion's own, and refuses what Ion would refuse. */
function check(customer: unknown): CustomerRecord {
  const parsed = record.safeParse(customer);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new Failure('invalid', `The customer cannot be written: ${fields}.`, {
    remedy: 'Ion needs a company, a contact with e-mail address, a language and a full address.',
  });
}

function answered(context: IonContext, json: unknown): Customer {
  const read = readCustomer(json, context.settings);
  if ('row' in read) return read.row;
  // Ion accepted the write (200); a read-back shows the result.
  throw unclear('Ion', 'a customer');
}
