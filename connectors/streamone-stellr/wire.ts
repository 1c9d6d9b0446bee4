import { z } from 'zod';
import { cycleFromText } from '../../domain/billing.ts';
import type { Customer } from '../../domain/customer.ts';
import { canonicalDate } from '../../domain/dates.ts';
import { decimal } from '../../domain/money.ts';
import type { Subscription } from '../../domain/subscription.ts';
import type { Listed } from '../contract.ts';
import { businessError } from './errors.ts';
import { isClosed, isUsage, statusFromText, termFromName } from './vocabulary.ts';

/**
 * Few of Stellr's field names are certain, so what may be spelled in several ways is read in each of them, ids and
 * amounts as text or number, and everything else is left alone.
 */
const idShape = z.union([z.string().trim().min(1), z.number().int()]).transform(String);
const text = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'string' && value.trim()) || null);
const code = z
  .unknown()
  .optional()
  .transform((value) => idShape.safeParse(value).data ?? null);
const amount = (places: number) =>
  z
    .unknown()
    .optional()
    .transform((value) => decimal(value, places));
const flag = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'boolean' ? value : null));

/** The record with the first non-blank of several spellings under the first of them. */
const spelled = (names: Record<string, string[]>) => (raw: unknown) => {
  if (typeof raw !== 'object' || raw === null) return raw;
  const record: Record<string, unknown> = { ...raw };
  for (const [name, others] of Object.entries(names)) {
    const found = [name, ...others].find(
      (key) => record[key] !== undefined && record[key] !== null && record[key] !== '',
    );
    if (found) record[name] = record[found];
  }
  return record;
};

const customer = z.preprocess(
  spelled({
    name: ['companyName', 'customerName'],
    domain: ['defaultDomain', 'primaryDomain'],
    microsoftTenantId: ['tenantId'],
    zipCode: ['zip', 'postalCode'],
  }),
  z.object({
    customerNo: idShape,
    name: z.string().trim().min(1),
    email: text,
    phone: text,
    domain: text,
    microsoftTenantId: text,
    address1: text,
    address2: text,
    city: text,
    state: text,
    zipCode: code,
    country: text,
    status: text,
  }),
);

const subscription = z.preprocess(
  spelled({
    productName: ['name', 'mfgPartNo'],
    renewalDate: ['endDate', 'expiryDate'],
    endDate: ['expiryDate'],
  }),
  z.object({
    customerNo: idShape,
    productName: z.string().trim().min(1),
    vendorName: text,
    skuNo: code,
    mfgPartNo: text,
    microsoftTenantId: text,
    tenantId: text,
    quantity: amount(4),
    unitPrice: amount(6),
    customerPrice: amount(6),
    currency: text,
    billingFrequency: text,
    startDate: text,
    endDate: text,
    renewalDate: text,
    autoRenew: flag,
    status: text,
  }),
);

type WireCustomer = z.output<typeof customer>;
type WireSubscription = z.output<typeof subscription>;

function toCustomer(wire: WireCustomer): Customer {
  const address = {
    line1: wire.address1,
    line2: wire.address2,
    city: wire.city,
    state: wire.state,
    postcode: wire.zipCode,
    country: wire.country?.toUpperCase() ?? null,
  };
  return {
    id: wire.customerNo,
    name: wire.name,
    status: isClosed(wire.status) ? 'closed' : 'active',
    own: false,
    email: wire.email,
    phone: wire.phone,
    domain: wire.domain,
    tenantId: wire.microsoftTenantId,
    address: Object.values(address).some((part) => part !== null) ? address : null,
  };
}

function toSubscription(id: string, wire: WireSubscription): Subscription {
  return {
    id,
    customerId: wire.customerNo,
    name: wire.productName,
    status: statusFromText(wire.status),
    statusText: wire.status,
    quantity: wire.quantity,
    usage: isUsage(wire.billingFrequency, wire.productName),
    trial: /\btrial\b/i.test(wire.productName) || wire.status?.toLowerCase() === 'trial',
    // What the reseller pays; `customerPrice` is what the reseller is advised to ask.
    unitCost: wire.unitPrice,
    unitPrice: wire.customerPrice,
    currency: wire.currency?.toUpperCase() ?? null,
    billingCycle: cycleFromText(wire.billingFrequency),
    term: termFromName(wire.productName),
    startDate: canonicalDate(wire.startDate),
    endDate: canonicalDate(wire.endDate),
    renewalDate: canonicalDate(wire.renewalDate),
    autoRenew: wire.autoRenew,
    vendor: wire.vendorName,
    sku: wire.skuNo,
    vendorSku: wire.mfgPartNo,
    tenantId: wire.microsoftTenantId ?? wire.tenantId,
  };
}

export function readCustomer(raw: unknown): Listed<Customer> {
  return read(raw, customerNoOf(raw), customer, (_, wire) => toCustomer(wire));
}

/** `scope` is the customer whose listing this is; rows there may leave the customer out. */
export function readSubscription(raw: unknown, scope: string | null): Listed<Subscription> {
  const id = subscriptionId(raw);
  if (scope === null) return read(raw, id, subscription, toSubscription);
  if (strays(raw, scope)) {
    return { id, raw, problem: "customerNo: another customer's record in this customer's list" };
  }
  const within = typeof raw === 'object' && raw !== null ? { ...raw, customerNo: scope } : raw;
  return { ...read(within, id, subscription, toSubscription), raw };
}

/** Whether a record in a customer's listing is another customer's. */
export function strays(raw: unknown, scope: string | null): boolean {
  const named = customerNoOf(raw);
  return scope !== null && named !== null && !sameNumber(named, scope);
}

/** The record's own id, or the two parts it is made of. */
export function subscriptionId(raw: unknown): string | null {
  const whole = idShape.safeParse(field(raw, 'subscriptionId')).data;
  if (whole) return whole;
  const contract = idShape.safeParse(field(raw, 'contractNo')).data;
  const line = idShape.safeParse(field(raw, 'lineNo')).data;
  return contract && line ? `${contract}_${line}` : null;
}

export const customerNoOf = (raw: unknown): string | null =>
  idShape.safeParse(field(raw, 'customerNo')).data ?? null;

const sameNumber = (a: string, b: string) => a.replace(/^0+(?=.)/, '') === b.replace(/^0+(?=.)/, '');

const field = (raw: unknown, name: string): unknown =>
  (raw as Record<string, unknown> | null | undefined)?.[name];

function read<Wire, Row extends { id: string }>(
  raw: unknown,
  id: string | null,
  shape: z.ZodType<Wire>,
  map: (id: string, wire: Wire) => Row,
): Listed<Row> {
  // A line may carry an error of its own: what else it says is not to be relied on.
  if (businessError(raw)) return { id, raw, problem: 'Stellr reports an error in place of this record' };
  const parsed = shape.safeParse(raw);
  if (id !== null && parsed.success) return { id, raw, row: map(id, parsed.data) };
  const issues = parsed.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? [];
  return { id, raw, problem: [...(id === null ? ['id: missing'] : []), ...issues].join('; ') };
}
