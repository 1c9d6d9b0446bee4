import { cycleFromText, termFromText } from '../../domain/billing.ts';
import type { Customer } from '../../domain/customer.ts';
import { localDate } from '../../domain/dates.ts';
import { perUnit } from '../../domain/money.ts';
import {
  flag,
  idOf,
  isGiven,
  isRecord,
  money,
  name,
  type Parser,
  quantity,
  id as readId,
  text,
  unreadable,
} from '../../domain/reading.ts';
import { type Subscription, statusByFacts } from '../../domain/subscription.ts';
import type { Listed } from '../contract.ts';
import { readRecord } from '../record.ts';
import type { IonSettings } from './definition.ts';
import { isUsage, renewalFromText, statusFromText, vendorOf } from './vocabulary.ts';

/**
 * Ion is gRPC behind a JSON gateway: int64 come as text, fields with default values may be absent, and names may be in
 * snake_case. So ids and counts are read in both forms, absence is an error only in key fields, and unknown fields are
 * ignored.
 */
const lastSegment = (name: string) => name.slice(name.lastIndexOf('/') + 1);

/** `accounts/1001/customers/20045` → `1001` */
export const accountOf = (raw: unknown): string | null =>
  /^accounts\/([^/]+)\//.exec(idOf(member(raw, 'name'), name) ?? '')?.[1] ?? null;

export const readCustomer = (raw: unknown, settings: Pick<IonSettings, 'country'>): Listed<Customer> =>
  readRecord<Customer>('Customer', idOfCustomer(raw), raw, ({ field, needed, part }, record, id) => {
    const wire = keyed(record);
    needed('name', resourceName, wire.name);
    const address = keyed(part(wire.customerAddress, 'address'));
    const line = (given: unknown) => field('address', text, given);
    return {
      id,
      // `customerName` is the contact person in Ion.
      name: needed('customerOrganization', name, wire.customerOrganization),
      status: field('status', text, wire.customerStatus)?.toUpperCase() === 'INACTIVE' ? 'closed' : 'active',
      own: false,
      email: field('email', text, wire.customerEmail),
      phone: field('phone', text, wire.customerPhone),
      domain: field('domain', text, wire.customerDomain),
      tenantId: null,
      address:
        isRecord(wire.customerAddress)
          ? {
              line1: line(address.street),
              line2: line(address.suite),
              city: line(address.city),
              state: line(address.state),
              postcode: line(address.zip),
              country: line(address.country)?.toUpperCase() ?? settings.country ?? null,
            }
          : null,
    };
  }, 'name'); // biome-ignore format: one record

const resourceName: Parser<string> = (given) =>
  typeof given === 'string' && /^accounts\/[^/]+\/customers\/[^/]+$/.test(given) ? given : unreadable;

export function idOfCustomer(raw: unknown): string | null {
  const name = member(raw, 'name');
  return typeof name === 'string' && name.includes('/') ? idOf(lastSegment(name)) : null;
}

export const readSubscription = (
  raw: unknown,
  settings: Pick<IonSettings, 'currency'>,
): Listed<Subscription> =>
  readRecord<Subscription>('Subscription', idOfSubscription(raw), raw, (read, record, id) => {
    const { field, first, needed, part } = read;
    const wire = keyed(record);
    const product = keyed(part(wire.ccpProductInfo));
    const names = [wire.subscriptionName, product.skuDisplayName, product.productDisplayName, wire.ccpSkuId];
    const resourceType = field('vendor', text, wire.resourceType);
    const seats = field('quantity', quantity, wire.subscriptionTotalLicenses);
    const word = field('status', text, wire.subscriptionStatus);
    const dates = {
      endDate: field('endDate', localDate, wire.subscriptionEndDate),
      autoRenew: isGiven(wire.autoRenew)
        ? field('autoRenew', flag, wire.autoRenew)
        : renewalFromText(field('autoRenew', text, wire.subscriptionRenewStatus)),
    };
    return {
      id,
      customerId: needed('customerId', readId, wire.customerId),
      name: first('name', text, ...names) ?? id,
      status: statusByFacts(statusFromText(word), dates),
      statusText: word,
      quantity: seats,
      usage: isUsage(field('usage', text, wire.subscriptionBillingType), resourceType, wire.subscriptionTotalLicenses),
      trial: field('trial', flag, wire.isTrial) ?? false,
      unitCost: field('unitCost', money, wire.cost),
      // `total` is price × licences: used for the unit price only if none is given.
      unitPrice: isGiven(wire.price)
        ? field('unitPrice', money, wire.price)
        : perUnit(field('unitPrice', money, wire.total), seats),
      currency: field('currency', text, wire.currency)?.toUpperCase() ?? settings.currency ?? null,
      billingCycle: cycleFromText(field('billingCycle', text, wire.subscriptionBillingCycle)),
      term: termFromText(field('term', text, wire.subscriptionBillingTerm)),
      startDate: field('startDate', localDate, wire.subscriptionStartDate),
      ...dates,
      renewalDate: field('renewalDate', localDate, wire.renewalDate),
      cancelUntil: field('cancelUntil', localDate, wire.cancellationAllowedUntilDate),
      // The record has neither the renewal price nor the allowed seats.
      renewalCost: null,
      renewalPrice: null,
      minQuantity: null,
      maxQuantity: null,
      vendor: vendorOf(field('vendor', readId, wire.cloudProviderId), resourceType),
      sku: field('sku', text, wire.ccpSkuId),
      vendorSku: field('vendorSku', text, wire.mfgPartNumber),
      tenantId: null,
    };
  }); // biome-ignore format: one record

export const idOfSubscription = (raw: unknown): string | null => idOf(member(raw, 'id'));

/** The customer a subscription row names; null if it names none. */
export const customerIdOf = (raw: unknown): string | null => idOf(member(raw, 'customerId'));

/** A field in either spelling. */
const member = (raw: unknown, name: string): unknown => (isRecord(raw) ? keyed(raw)[name] : undefined);

/** Renames an object's snake_case keys to the gateway's camelCase; values stay untouched. */
const keyed = (record: Record<string, unknown>): Record<string, unknown> =>
  Object.keys(record).some((key) => key.includes('_'))
    ? Object.fromEntries(
        Object.entries(record).map(([key, value]) => [
          key.replace(/(?<=[a-z\d])_([a-z\d])/g, (_, letter: string) => letter.toUpperCase()),
          value,
        ]),
      )
    : record;

/** The same for an answer and what it contains, `depth` levels down. */
export function camel(value: unknown, depth = 6): unknown {
  if (typeof value !== 'object' || value === null || depth === 0) return value;
  if (Array.isArray(value)) return value.map((entry) => camel(entry, depth - 1));
  return Object.fromEntries(
    Object.entries(keyed(value as Record<string, unknown>)).map(([key, entry]) => [
      key,
      camel(entry, depth - 1),
    ]),
  );
}
