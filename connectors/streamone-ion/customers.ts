import { z } from 'zod';
import type { Customer } from '../../domain/customer.ts';
import { Failure } from '../../domain/failure.ts';
import { ask, type IonContext } from './client.ts';
import { camel, readCustomer } from './wire.ts';

/** What Ion takes of a customer; the rest of the record is its own. */
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

/**
 * There is no idempotency key: after an ambiguous failure look for the e-mail address, which is unique, before
 * trying again. The first user's password in the answer never leaves the client.
 */
export async function createCustomer(context: IonContext, customer: CustomerRecord): Promise<Customer> {
  const json = check(customer);
  return answered(context, await ask(context, 'customers', { method: 'POST', json, write: true }));
}

/**
 * Changes the fields given. PUT replaces the record, and whether it clears what is left out nobody says, so the
 * record is read first and sent back whole.
 */
export async function updateCustomer(
  context: IonContext,
  id: string,
  change: Partial<CustomerRecord>,
): Promise<Customer> {
  const path = `customers/${encodeURIComponent(id)}`;
  const current = camel(await ask(context, path)) as Partial<CustomerRecord>;
  const json = check({ ...current, ...change });
  return answered(context, await ask(context, path, { method: 'PUT', json, write: true }));
}

/** Keeps what may be sent, drops Ion's own fields, and refuses before Ion does. */
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
  // The write was taken (it was answered 200): reading back decides what became of it.
  throw new Failure('bad-answer', 'Ion answered a customer that cannot be read.', { ambiguous: 'dropped' });
}
