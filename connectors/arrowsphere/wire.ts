import { z } from 'zod';
import { cycleFromHours, cycleFromText, termFromHours, termFromText } from '../../domain/billing.ts';
import type { Customer } from '../../domain/customer.ts';
import { canonicalDate } from '../../domain/dates.ts';
import { decimal, perUnit } from '../../domain/money.ts';
import type { Subscription } from '../../domain/subscription.ts';
import type { Listed } from '../contract.ts';
import { isUsage, status, text } from './vocabulary.ts';

/**
 * ArrowSphere speaks three dialects: PascalCase customers, snake_case licences found, mixed-case licences listed
 * (contract §0.3). What a record cannot do without is checked strictly; the rest may be absent, empty or new.
 * The messages below end up in problems: they name fields and never values.
 */
const required = z
  .string('is missing or not text')
  .refine((text) => text.trim() !== '', { error: 'is empty' });
const flag = z.boolean('is not true or false').nullish();
const amount = z
  .union([z.number(), z.string().regex(/^\s*(-?\d+(\.\d+)?)?\s*$/)], { error: 'is not a number' })
  .nullish();
const date = z
  .string('is not a date')
  .regex(/^(\d{4}-\d\d-\d\d.*)?$/, 'is not a date')
  .nullish();
const hours = z.union([z.number(), z.string()], { error: 'is not a number of hours' }).nullish();
/** Text nothing depends on: whatever else it turns out to be is read as none. */
const loose = z.unknown().optional();
/** PHP writes an object without members as `[]`. */
const part = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z
    .union([z.object(shape), z.array(z.unknown()).max(0)], { error: 'is not an object or has a bad member' })
    .nullish();

const customerWire = z.object(
  {
    Reference: required,
    CompanyName: required,
    DeletedAt: z.string('is not a date').nullish(),
    AddressLine1: loose,
    AddressLine2: loose,
    City: loose,
    State: loose,
    Zip: loose,
    CountryCode: loose,
    ReceptionPhone: loose,
    EmailContact: loose,
    Contact: part({ Email: loose, Phone: loose }),
    Details: part({ DomainName: loose, TenantId: loose, TenantID: loose }),
  },
  'is not an object',
);

const foundWire = z.object(
  {
    partner_ref: required,
    customer_ref: required,
    offer: loose,
    friendly_name: loose,
    sku: loose,
    priceband_vendor_sku: loose,
    vendor_name: loose,
    vendor_code: loose,
    category: loose,
    cloud_type: loose,
    type: loose,
    seat: amount,
    price: part({
      buy_price: amount,
      sell_price: amount,
      total_buy_price: amount,
      total_sell_price: amount,
      currency: loose,
    }),
    periodicity: hours,
    term: hours,
    auto_renew: flag,
    trial: flag,
    isEnabled: flag,
    status_code: loose,
    status_label: loose,
    start_date: date,
    end_date: date,
    next_renewal_date: date,
  },
  'is not an object',
);

const prices = part({ buy: amount, sell: amount });
const listedWire = z.object(
  {
    license_id: required,
    customer_ref: required,
    name: loose,
    friendlyName: loose,
    sku: loose,
    vendorSku: loose,
    vendor_code: loose,
    program: loose,
    category: loose,
    type: loose,
    seats: amount,
    price: part({ unit: prices, total: prices, currency: loose }),
    periodicity: loose,
    periodicityCode: hours,
    term: loose,
    termCode: hours,
    autoRenew: flag,
    isTrial: flag,
    isEnabled: flag,
    state: loose,
    statusCode: loose,
    activation_datetime: date,
    expiry_datetime: date,
    endDate: date,
    nextRenewalDate: date,
  },
  'is not an object',
);

/** `own` is the reseller's reference: its company is listed among its customers. */
export const readCustomer = (raw: unknown, own: string): Listed<Customer> =>
  read(customerWire, raw, customerIdOf(raw), (wire) => {
    const contact = members(wire.Contact);
    const details = members(wire.Details);
    const address = {
      line1: text(wire.AddressLine1),
      line2: text(wire.AddressLine2),
      city: text(wire.City),
      state: text(wire.State),
      postcode: text(wire.Zip),
      country: text(wire.CountryCode)?.toUpperCase() ?? null,
    };
    return {
      id: wire.Reference,
      name: wire.CompanyName,
      status: wire.DeletedAt ? 'closed' : 'active',
      own: wire.Reference === own,
      email: text(wire.EmailContact) ?? text(contact?.Email),
      phone: text(wire.ReceptionPhone) ?? text(contact?.Phone),
      domain: text(details?.DomainName),
      tenantId: text(details?.TenantId) ?? text(details?.TenantID),
      address: Object.values(address).some((line) => line !== null) ? address : null,
    };
  });

export const customerIdOf = (raw: unknown) => idIn(raw, 'Reference');
export const foundIdOf = (raw: unknown) => idIn(raw, 'partner_ref');
export const listedIdOf = (raw: unknown) => idIn(raw, 'license_id');

function idIn(raw: unknown, field: string): string | null {
  const id = (raw as Record<string, unknown> | null | undefined)?.[field];
  return typeof id === 'string' && id.trim() ? id : null;
}

/** A licence as `POST /licenses/v2/find` spells it. */
export const readFound = (raw: unknown): Listed<Subscription> =>
  read(foundWire, raw, foundIdOf(raw), (wire) => {
    const price = members(wire.price);
    const quantity = decimal(wire.seat, 4);
    return subscription({
      id: wire.partner_ref,
      customerId: wire.customer_ref,
      names: [wire.offer, wire.friendly_name, wire.sku],
      ...status(wire.isEnabled, text(wire.status_label) ?? text(wire.status_code)),
      quantity,
      usage: isUsage(quantity, wire.type, wire.periodicity, [wire.cloud_type, wire.category]),
      trial: wire.trial ?? false,
      unitCost: decimal(price?.buy_price) ?? perUnit(decimal(price?.total_buy_price), quantity),
      unitPrice: decimal(price?.sell_price) ?? perUnit(decimal(price?.total_sell_price), quantity),
      currency: text(price?.currency)?.toUpperCase() ?? null,
      billingCycle: cycle(wire.periodicity, null),
      term: term(wire.term, null),
      startDate: canonicalDate(wire.start_date, 'utc'),
      endDate: canonicalDate(wire.end_date, 'utc'),
      renewalDate: canonicalDate(wire.next_renewal_date, 'utc'),
      autoRenew: wire.auto_renew ?? null,
      vendor: text(wire.vendor_name) ?? text(wire.vendor_code),
      sku: text(wire.sku),
      vendorSku: text(wire.priceband_vendor_sku),
    });
  });

/** A licence as `GET /v2/licenses` and `GET /v2/customers/{ref}/licenses` spell it. */
export const readListed = (raw: unknown): Listed<Subscription> =>
  read(listedWire, raw, listedIdOf(raw), (wire) => {
    const price = members(wire.price);
    const unit = members(price?.unit);
    const total = members(price?.total);
    const quantity = decimal(wire.seats, 4);
    return subscription({
      id: wire.license_id,
      customerId: wire.customer_ref,
      names: [wire.name, wire.friendlyName, wire.sku],
      ...status(wire.isEnabled, text(wire.state) ?? text(wire.statusCode)),
      quantity,
      usage: isUsage(quantity, wire.type, wire.periodicityCode, [wire.category]),
      trial: wire.isTrial ?? false,
      unitCost: decimal(unit?.buy) ?? perUnit(decimal(total?.buy), quantity),
      unitPrice: decimal(unit?.sell) ?? perUnit(decimal(total?.sell), quantity),
      currency: text(price?.currency)?.toUpperCase() ?? null,
      billingCycle: cycle(wire.periodicityCode, text(wire.periodicity)),
      term: term(wire.termCode, text(wire.term)),
      startDate: canonicalDate(wire.activation_datetime, 'utc'),
      endDate: canonicalDate(wire.expiry_datetime || wire.endDate, 'utc'),
      renewalDate: canonicalDate(wire.nextRenewalDate, 'utc'),
      autoRenew: wire.autoRenew ?? null,
      vendor: text(wire.vendor_code) ?? text(wire.program),
      sku: text(wire.sku),
      vendorSku: text(wire.vendorSku),
    });
  });

function subscription({
  names,
  ...rest
}: Omit<Subscription, 'name' | 'tenantId'> & { names: unknown[] }): Subscription {
  // A licence carries no tenant id in either dialect; its customer does.
  return { ...rest, name: names.map(text).find((name) => name !== null) ?? rest.id, tenantId: null };
}

type Hours = z.infer<typeof hours>;
const cycle = (code: Hours, words: string | null) =>
  code === null || code === undefined || code === '' ? cycleFromText(words) : cycleFromHours(code);
function term(code: Hours, words: string | null): string | null {
  if (code !== null && code !== undefined && code !== '') return termFromHours(code);
  return words?.toLowerCase() === 'no term' ? null : termFromText(words);
}

function read<Wire, Row extends { id: string }>(
  schema: z.ZodType<Wire>,
  raw: unknown,
  id: string | null,
  map: (wire: Wire) => Row,
): Listed<Row> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) {
    const row = map(parsed.data);
    return { id: row.id, raw, row };
  }
  const { path, message } = parsed.error.issues[0]!;
  return { id, raw, problem: `${path.join('.') || 'The record'} ${message}.` };
}

const members = <T>(value: T | unknown[] | null | undefined): T | null =>
  Array.isArray(value) ? null : ((value as T | undefined) ?? null);
