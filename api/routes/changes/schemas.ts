import { z } from 'zod';
import { changeKinds, changeStates } from '../../../domain/change.ts';
import { instant, outsideId, text } from '../../schemas.ts';
import { sum } from '../reconciliation.ts';

const word = z.string().nullable();
const base = z.object({
  quantity: word,
  status: z.string(),
  autoRenew: z.boolean().nullable(),
  customer: z.record(z.string(), z.unknown()).optional().describe('Of a change of a customer: its fields.'),
});

const cost = z.object({ perCycle: sum.nullable(), untilTermEnd: sum.nullable() });

export const estimate = z
  .object({
    base: base.nullable(),
    cost,
    cancelUntil: word,
    waitsBecause: word.describe('Why a person decides; null: it is placed at once.'),
  })
  .meta({ id: 'ChangeEstimate' });
export type ChangeEstimate = z.output<typeof estimate>;

export const change = z
  .object({
    id: z.uuid(),
    integrationId: z.uuid(),
    kind: z.enum(changeKinds),
    customerId: word,
    subscriptionId: word,
    customerName: word.describe('As listed now; null for one that is not there yet.'),
    subscriptionName: word,
    wanted: z
      .record(z.string(), z.unknown())
      .describe('What is asked for; a quantity is the resulting total.'),
    base: base.nullable().describe('What the distributor had when it was asked for.'),
    seen: base.nullable().describe('What the distributor had when it was read again.'),
    cost,
    cancelUntil: word,
    state: z.enum(changeStates),
    message: word.describe('Why it waits, was refused or failed.'),
    operation: word.describe("The distributor's id of the order."),
    fourEyes: z.boolean().describe('Whoever asked may not approve.'),
    askedBy: z.string(),
    askedAt: instant,
    expiresAt: instant.describe('Until when it can be approved.'),
    decidedBy: word,
    decidedAt: instant.nullable(),
    reason: word,
    intendedAt: instant.nullable().describe('From when on it may have been sent.'),
    placedAt: instant.nullable(),
    finishedAt: instant.nullable(),
  })
  .meta({ id: 'Change' });
export type Change = z.output<typeof change>;

const quantity = z.string().regex(/^\d{1,9}(\.\d{1,4})?$/, 'must be a decimal such as 12');
const of = { subscriptionId: outsideId };
const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be a three-letter currency code')
  .optional()
  .describe('What you count in; refused where the distributor bills in another.');

const line = text(200).optional();
const customerFields = z.strictObject({
  name: text(200).optional(),
  email: z.email().max(254).optional(),
  phone: text(50).optional(),
  domain: text(253).optional(),
  taxNumber: text(50).optional(),
  language: z
    .string()
    .regex(/^[a-z]{2}$/i, 'must be a two-letter language code')
    .optional(),
  firstName: text(100).optional(),
  lastName: text(100).optional(),
  address: z
    .strictObject({
      ...{ line1: line, line2: line, city: line, state: line, postcode: text(20).optional() },
      country: z
        .string()
        .regex(/^[A-Z]{2}$/, 'must be a two-letter country code')
        .optional(),
    })
    .optional(),
});

export const wanted = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('quantity'),
    ...of,
    quantity: quantity.describe('The resulting total.'),
    currency,
  }),
  z.strictObject({ kind: z.literal('auto-renew'), ...of, autoRenew: z.boolean() }),
  z.strictObject({ kind: z.enum(['cancel', 'suspend', 'activate']), ...of }),
  z.strictObject({
    kind: z.literal('create'),
    customerId: outsideId,
    partNumber: text(200).describe('Of a product that somebody in this account has.'),
    term: text(20).optional().describe('Such as `P1Y`; needed where it is sold for several.'),
    billingCycle: text(30).optional().describe('Such as `monthly`; needed where there are several.'),
    quantity,
    autoRenew: z.boolean().optional(),
    currency,
  }),
  z.strictObject({ kind: z.literal('create-customer'), customer: customerFields.required({ name: true }) }),
  z.strictObject({ kind: z.literal('update-customer'), customerId: outsideId, customer: customerFields }),
]);

export const decision = z.strictObject({ reason: text(1_000).optional() }).nullish();
