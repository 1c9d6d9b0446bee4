import { z } from 'zod';
import { cycleFromText, termFromText } from '../../domain/billing.ts';
import type { Customer } from '../../domain/customer.ts';
import { canonicalDate } from '../../domain/dates.ts';
import { decimal, perUnit } from '../../domain/money.ts';
import type { Subscription } from '../../domain/subscription.ts';
import type { Listed } from '../contract.ts';
import type { IonSettings } from './definition.ts';
import { isUsage, renewalFromText, statusFromText, vendorOf } from './vocabulary.ts';

/**
 * Ion is gRPC behind a JSON gateway: int64 come as text, fields at their default may be absent, and names may come
 * in snake_case. So ids and counts are read from both forms, absence is never an error except in what we key on,
 * and unknown fields are left alone.
 */
const id = z.union([z.string().trim().min(1), z.number().int()]).transform(String);
const text = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'string' && value.trim()) || null);
const flag = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'boolean' ? value : null));
const count = z
  .unknown()
  .optional()
  .transform((value) => decimal(value, 4));
const money = z
  .unknown()
  .optional()
  .transform((value) => decimal(value));

const customer = z.object({
  name: z.string().regex(/^accounts\/[^/]+\/customers\/[^/]+$/, 'not a customer resource name'),
  customerOrganization: z.string().trim().min(1),
  customerAddress: z
    .object({ street: text, suite: text, city: text, state: text, zip: text, country: text })
    .nullish()
    .catch(null),
  customerEmail: text,
  customerPhone: text,
  customerDomain: text,
  customerStatus: text,
});

const displayNames = z.object({ productDisplayName: text, skuDisplayName: text }).nullish().catch(null);

const subscription = z.object({
  id,
  customerId: id,
  subscriptionName: text,
  ccpProductInfo: displayNames,
  resourceType: text,
  cloudProviderId: id.nullish().catch(null),
  ccpSkuId: text,
  mfgPartNumber: text,
  subscriptionTotalLicenses: count,
  subscriptionStatus: text,
  subscriptionStartDate: text,
  subscriptionEndDate: text,
  renewalDate: text,
  subscriptionBillingType: text,
  subscriptionBillingCycle: text,
  subscriptionBillingTerm: text,
  subscriptionRenewStatus: text,
  autoRenew: flag,
  isTrial: flag,
  price: money,
  cost: money,
  total: money,
  currency: text,
});

type WireCustomer = z.output<typeof customer>;
type WireSubscription = z.output<typeof subscription>;

const lastSegment = (name: string) => name.slice(name.lastIndexOf('/') + 1);

/** `accounts/1001/customers/20045` → `1001` */
export const accountOf = (raw: unknown): string | null =>
  /^accounts\/([^/]+)\//.exec(String((camel(raw) as { name?: unknown })?.name ?? ''))?.[1] ?? null;

function toCustomer(wire: WireCustomer, settings: Pick<IonSettings, 'country'>): Customer {
  const address = wire.customerAddress;
  return {
    id: lastSegment(wire.name),
    // `customerName` is the contact person here.
    name: wire.customerOrganization,
    status: wire.customerStatus?.toUpperCase() === 'INACTIVE' ? 'closed' : 'active',
    own: false,
    email: wire.customerEmail,
    phone: wire.customerPhone,
    domain: wire.customerDomain,
    tenantId: null,
    address: address
      ? {
          line1: address.street,
          line2: address.suite,
          city: address.city,
          state: address.state,
          postcode: address.zip,
          country: address.country?.toUpperCase() ?? settings.country ?? null,
        }
      : null,
  };
}

function toSubscription(wire: WireSubscription, settings: Pick<IonSettings, 'currency'>): Subscription {
  const quantity = wire.subscriptionTotalLicenses;
  return {
    id: wire.id,
    customerId: wire.customerId,
    name:
      wire.subscriptionName ??
      wire.ccpProductInfo?.skuDisplayName ??
      wire.ccpProductInfo?.productDisplayName ??
      wire.ccpSkuId ??
      wire.id,
    status: statusFromText(wire.subscriptionStatus),
    statusText: wire.subscriptionStatus,
    quantity,
    usage: isUsage(wire.subscriptionBillingType, wire.resourceType, quantity),
    trial: wire.isTrial ?? false,
    unitCost: wire.cost,
    // `total` is price × licences: good for a unit price only where none is given.
    unitPrice: wire.price ?? perUnit(wire.total, quantity),
    currency: wire.currency?.toUpperCase() ?? settings.currency ?? null,
    billingCycle: cycleFromText(wire.subscriptionBillingCycle),
    term: termFromText(wire.subscriptionBillingTerm),
    startDate: canonicalDate(wire.subscriptionStartDate),
    endDate: canonicalDate(wire.subscriptionEndDate),
    renewalDate: canonicalDate(wire.renewalDate),
    autoRenew: wire.autoRenew ?? renewalFromText(wire.subscriptionRenewStatus),
    vendor: vendorOf(wire.cloudProviderId ?? null, wire.resourceType),
    sku: wire.ccpSkuId,
    vendorSku: wire.mfgPartNumber,
    tenantId: null,
  };
}

export function idOfCustomer(raw: unknown): string | null {
  const name = (camel(raw) as { name?: unknown } | null)?.name;
  return typeof name === 'string' && name.includes('/') ? lastSegment(name) || null : null;
}

export function readCustomer(raw: unknown, settings: Pick<IonSettings, 'country'>): Listed<Customer> {
  return read(raw, customer, idOfCustomer(raw), (wire) => toCustomer(wire, settings));
}

export const idOfSubscription = (raw: unknown): string | null =>
  id.safeParse((camel(raw) as { id?: unknown } | null)?.id).data ?? null;

export function readSubscription(
  raw: unknown,
  settings: Pick<IonSettings, 'currency'>,
): Listed<Subscription> {
  return read(raw, subscription, idOfSubscription(raw), (wire) => toSubscription(wire, settings));
}

/** The customer a subscription row names; null where it names none. */
export const customerIdOf = (raw: unknown): string | null =>
  id.safeParse((camel(raw) as { customerId?: unknown } | null)?.customerId).data ?? null;

function read<Wire, Row extends { id: string }>(
  raw: unknown,
  shape: z.ZodType<Wire>,
  known: string | null,
  map: (wire: Wire) => Row,
): Listed<Row> {
  const parsed = shape.safeParse(camel(raw));
  if (!parsed.success) {
    const problem = parsed.error.issues
      .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
      .join('; ');
    return { id: known, raw, problem };
  }
  const row = map(parsed.data);
  return { id: row.id, raw, row };
}

/** Keys in snake_case as the gateway's camelCase; values untouched. */
export function camel(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camel);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key.replace(/(?<=[a-z\d])_([a-z\d])/g, (_, letter: string) => letter.toUpperCase()),
      camel(entry),
    ]),
  );
}
