import { z } from 'zod';
import type { CustomerFields } from '../../domain/change.ts';
import type { Order, OrderAnswer } from '../contract.ts';
import { unclear } from '../http.ts';
import { ask, type Context } from './client.ts';

const made = z.object({ data: z.object({ reference: z.string().min(1) }) });

/** Our reference goes into `InternalReference`, which ArrowSphere accepts only once (contract §4.2). */
export async function createCustomer(context: Context, { wanted, reference }: Order): Promise<OrderAnswer> {
  const json = { ...wire(wanted.customer!), InternalReference: reference };
  const request = { method: 'POST', path: '/customers', json, write: true } as const;
  const read = made.safeParse(await ask(context, 'the new customer', request));
  // The list shows whether it was made.
  if (!read.success) throw unclear('ArrowSphere', 'a customer');
  return { operation: null, state: 'done', message: null, made: read.data.data.reference };
}

export async function updateCustomer(context: Context, { wanted, customerId }: Order): Promise<OrderAnswer> {
  const path = `/customers/${encodeURIComponent(customerId!)}`;
  const json = wire(wanted.customer!);
  await ask(context, 'the customer', { method: 'PATCH', path, json, write: true });
  return { operation: null, state: 'done', message: null };
}

/** Only the given fields: a PATCH leaves the others unchanged. */
function wire({ name, email, phone, taxNumber, domain, firstName, lastName, address }: CustomerFields) {
  const contact = given({ FirstName: firstName, LastName: lastName, Email: email, Phone: phone });
  return given({
    CompanyName: name,
    AddressLine1: address?.line1,
    AddressLine2: address?.line2,
    Zip: address?.postcode,
    City: address?.city,
    State: address?.state,
    CountryCode: address?.country?.toUpperCase(),
    ReceptionPhone: phone,
    EmailContact: email,
    TaxNumber: taxNumber,
    WebsiteUrl: domain && `https://${domain}`,
    Contact: firstName || lastName ? contact : undefined,
  });
}

const given = (fields: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  );
