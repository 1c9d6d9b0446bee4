import { cycleFromText } from '../../domain/billing.ts';
import type { Customer } from '../../domain/customer.ts';
import { localDate } from '../../domain/dates.ts';
import { flag, idOf, isGiven, money, name, quantity, id as readId, text } from '../../domain/reading.ts';
import { type Subscription, statusByFacts } from '../../domain/subscription.ts';
import type { Listed } from '../contract.ts';
import { problemOf, readRecord } from '../record.ts';
import { businessError } from './errors.ts';
import { isClosed, isUsage, statusFromText, termFromName } from './vocabulary.ts';

/**
 * Few of Stellr's field names are certain, so each known spelling is read, ids and amounts as text or number, and
 * everything else is ignored.
 */
export const readCustomer = (raw: unknown): Listed<Customer> =>
  read<Customer>('Customer', raw, customerNoOf(raw), ({ field, needed }, wire, id) => {
    const line = (...given: unknown[]) => field('address', text, ...given);
    const address = {
      line1: line(wire.address1),
      line2: line(wire.address2),
      city: line(wire.city),
      state: line(wire.state),
      postcode: line(wire.zipCode, wire.zip, wire.postalCode),
      country: line(wire.country)?.toUpperCase() ?? null,
    };
    return {
      id,
      name: needed('name', name, wire.name, wire.companyName, wire.customerName),
      status: isClosed(field('status', text, wire.status)) ? 'closed' : 'active',
      own: false,
      email: field('email', text, wire.email),
      phone: field('phone', text, wire.phone),
      domain: field('domain', text, wire.domain, wire.defaultDomain, wire.primaryDomain),
      tenantId: field('tenantId', text, wire.microsoftTenantId, wire.tenantId),
      address: Object.values(address).some((part) => part !== null) ? address : null,
    };
  }, 'customerNo'); // biome-ignore format: one record

/** `scope` is the customer whose listing this is; its rows may omit the customer. */
export function readSubscription(raw: unknown, scope: string | null): Listed<Subscription> {
  const id = subscriptionId(raw);
  if (strays(raw, scope))
    return { id, raw, problem: problemOf('Subscription', id, "customerNo is another customer's") };
  return read<Subscription>('Subscription', raw, id, ({ field, needed, unreadable }, wire) => {
    const productName = needed('productName', name, wire.productName, wire.name, wire.mfgPartNo);
    const frequency = field('billingCycle', text, wire.billingFrequency);
    const word = field('status', text, wire.status);
    const dates = {
      endDate: field('endDate', localDate, wire.endDate, wire.expiryDate),
      autoRenew: field('autoRenew', flag, wire.autoRenew),
    };
    const said = unreadable.includes('status') ? 'unknown' : statusFromText(word);
    return {
      id: id!,
      customerId: scope ?? needed('customerNo', readId, wire.customerNo),
      name: productName,
      // A blank status, which is common, does not contradict the other fields.
      status: word === null && statusByFacts('unknown', dates) === 'expired' ? 'expired' : statusByFacts(said, dates),
      statusText: word,
      quantity: field('quantity', quantity, wire.quantity),
      usage: isUsage(frequency, productName),
      trial: /\btrial\b/i.test(productName) || word?.toLowerCase() === 'trial',
      // What the reseller pays; `customerPrice` is the recommended resale price.
      unitCost: field('unitCost', money, wire.unitPrice),
      unitPrice: field('unitPrice', money, wire.customerPrice),
      currency: field('currency', text, wire.currency)?.toUpperCase() ?? null,
      billingCycle: cycleFromText(frequency),
      term: termFromName(productName),
      startDate: field('startDate', localDate, wire.startDate),
      ...dates,
      renewalDate: field('renewalDate', localDate, wire.renewalDate, wire.endDate, wire.expiryDate),
      cancelUntil: field('cancelUntil', localDate, wire.cancellationWindowEnds, wire.cancellationDeadline),
      // Renewal prices are only in the offers, which cost a call each.
      renewalCost: null,
      renewalPrice: null,
      minQuantity: null,
      maxQuantity: null,
      vendor: field('vendor', text, wire.vendorName),
      sku: field('sku', readId, wire.skuNo),
      vendorSku: field('vendorSku', text, wire.mfgPartNo),
      tenantId: field('tenantId', text, wire.microsoftTenantId, wire.tenantId),
    };
  }); // biome-ignore format: one record
}

/** Whether a record in a customer's listing belongs to another customer. */
export function strays(raw: unknown, scope: string | null): boolean {
  const named = customerNoOf(raw);
  return scope !== null && named !== null && !sameNumber(named, scope);
}

/** The record's own id, or the two parts it consists of. */
export function subscriptionId(raw: unknown): string | null {
  if (isGiven(member(raw, 'subscriptionId'))) return idOf(member(raw, 'subscriptionId'));
  const contract = idOf(member(raw, 'contractNo'));
  const line = idOf(member(raw, 'lineNo'));
  return contract && line ? idOf(`${contract}_${line}`) : null;
}

export const customerNoOf = (raw: unknown): string | null => idOf(member(raw, 'customerNo'));

const sameNumber = (a: string, b: string) => a.replace(/^0+(?=.)/, '') === b.replace(/^0+(?=.)/, '');

const member = (raw: unknown, name: string): unknown =>
  (raw as Record<string, unknown> | null | undefined)?.[name];

/** A line may carry an error of its own; its other fields are then unreliable. */
const read = <Row extends { id: string; unreadable: string[] }>(
  what: string,
  raw: unknown,
  id: string | null,
  map: Parameters<typeof readRecord<Row>>[3],
  idField?: string,
): Listed<Row> =>
  businessError(raw)
    ? { id, raw, problem: problemOf(what, id, 'Stellr returned an error instead of this record') }
    : readRecord<Row>(what, id, raw, map, idField);
