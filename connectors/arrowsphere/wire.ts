import { cycleFromHours, cycleFromText, termFromHours, termFromText } from '../../domain/billing.ts';
import type { Customer } from '../../domain/customer.ts';
import { utcDate } from '../../domain/dates.ts';
import { perUnit } from '../../domain/money.ts';
import {
  type FieldReader,
  flag,
  idOf,
  isGiven,
  isRecord,
  money,
  name,
  quantity,
  text,
} from '../../domain/reading.ts';
import { type Subscription, statusByFacts } from '../../domain/subscription.ts';
import type { Listed } from '../contract.ts';
import { readRecord } from '../record.ts';
import { isUsage, status } from './vocabulary.ts';

/**
 * ArrowSphere has three spellings: PascalCase customers, snake_case found licences, mixed-case listed licences
 * (contract §0.3). A record needs its id, its customer and a customer's name; the rest may be absent, empty or new.
 */

/** `own` is the reseller's reference: its company is listed among its customers. */
export const readCustomer = (raw: unknown, own: string): Listed<Customer> =>
  readRecord<Customer>('Customer', customerIdOf(raw), raw, ({ field, needed, part }, wire, id) => {
    const contact = part(wire.Contact, 'email', 'phone');
    const details = part(wire.Details, 'domain', 'tenantId');
    const line = (given: unknown) => field('address', text, given);
    const address = {
      line1: line(wire.AddressLine1),
      line2: line(wire.AddressLine2),
      city: line(wire.City),
      state: line(wire.State),
      postcode: line(wire.Zip),
      country: line(wire.CountryCode)?.toUpperCase() ?? null,
    };
    return {
      id,
      name: needed('CompanyName', name, wire.CompanyName),
      status: field('status', utcDate, wire.DeletedAt) ? 'closed' : 'active',
      own: id === own,
      email: field('email', text, wire.EmailContact, contact.Email),
      phone: field('phone', text, wire.ReceptionPhone, contact.Phone),
      domain: field('domain', text, details.DomainName),
      tenantId: field('tenantId', text, details.TenantId, details.TenantID),
      address: Object.values(address).some((line) => line !== null) ? address : null,
    };
  }, 'Reference'); // biome-ignore format: one record

export const customerIdOf = (raw: unknown) => idIn(raw, 'Reference');
export const foundIdOf = (raw: unknown) => idIn(raw, 'partner_ref');
export const listedIdOf = (raw: unknown) => idIn(raw, 'license_id');

const idIn = (raw: unknown, field: string) =>
  idOf((raw as Record<string, unknown> | null | undefined)?.[field], name);

/** A licence as spelled by `POST /licenses/v2/find`. */
export const readFound = (raw: unknown): Listed<Subscription> =>
  readRecord<Subscription>('Licence', foundIdOf(raw), raw, (read, wire, id) => {
    const { part } = read;
    const price = part(wire.price, 'unitCost', 'unitPrice', 'currency');
    return licence(read, id, {
      customer: wire.customer_ref,
      names: [wire.offer, wire.friendly_name, wire.sku],
      enabled: wire.isEnabled,
      words: [wire.status_label, wire.status_code],
      seats: wire.seat,
      type: wire.type,
      categories: [wire.cloud_type, wire.category],
      trial: wire.trial,
      cost: { unit: price.buy_price, total: price.total_buy_price },
      price: { unit: price.sell_price, total: price.total_sell_price },
      currency: price.currency,
      periodicity: { code: wire.periodicity },
      term: { code: wire.term },
      start: [wire.start_date],
      end: [wire.end_date],
      renewal: wire.next_renewal_date,
      autoRenew: wire.auto_renew,
      band: wire.priceBand,
      actionMessages: undefined,
      vendors: [wire.vendor_name, wire.vendor_code],
      sku: wire.sku,
      vendorSku: wire.priceband_vendor_sku,
    });
  }, 'partner_ref'); // biome-ignore format: one record

/** A licence as spelled by `GET /v2/licenses` and `GET /v2/customers/{ref}/licenses`. */
export const readListed = (raw: unknown): Listed<Subscription> =>
  readRecord<Subscription>('Licence', listedIdOf(raw), raw, (read, wire, id) => {
    const { part } = read;
    const price = part(wire.price, 'unitCost', 'unitPrice', 'currency');
    const unit = part(price.unit, 'unitCost', 'unitPrice');
    const lacking = [!isGiven(unit.buy) && 'unitCost', !isGiven(unit.sell) && 'unitPrice'];
    const total = part(price.total, ...lacking.filter((name) => name !== false));
    return licence(read, id, {
      customer: wire.customer_ref,
      names: [wire.name, wire.friendlyName, wire.sku],
      enabled: wire.isEnabled,
      words: [wire.state, wire.statusCode],
      seats: wire.seats,
      type: wire.type,
      categories: [wire.category],
      trial: wire.isTrial,
      cost: { unit: unit.buy, total: total.buy },
      price: { unit: unit.sell, total: total.sell },
      currency: price.currency,
      periodicity: { code: wire.periodicityCode, word: wire.periodicity },
      term: { code: wire.termCode, word: wire.term },
      start: [wire.activation_datetime],
      end: [wire.expiry_datetime, wire.endDate],
      renewal: wire.nextRenewalDate,
      autoRenew: wire.autoRenew,
      band: wire.priceBand,
      actionMessages: wire.actionMessages,
      vendors: [wire.vendor_code, wire.program],
      sku: wire.sku,
      vendorSku: wire.vendorSku,
    });
  }, 'license_id'); // biome-ignore format: one record

/** The fields of both spellings, under one name each. */
interface Spelled {
  customer: unknown;
  names: unknown[];
  enabled: unknown;
  words: unknown[];
  seats: unknown;
  type: unknown;
  categories: unknown[];
  trial: unknown;
  cost: { unit: unknown; total: unknown };
  price: { unit: unknown; total: unknown };
  currency: unknown;
  periodicity: { code: unknown; word?: unknown };
  term: { code: unknown; word?: unknown };
  start: unknown[];
  end: unknown[];
  renewal: unknown;
  autoRenew: unknown;
  band: unknown;
  actionMessages: unknown;
  vendors: unknown[];
  sku: unknown;
  vendorSku: unknown;
}

function licence(read: FieldReader, id: string, wire: Spelled): Omit<Subscription, 'unreadable'> {
  const { field, first, needed } = read;
  const seats = field('quantity', quantity, wire.seats);
  const amount = (name: string, { unit, total }: Spelled['cost']) =>
    isGiven(unit) ? field(name, money, unit) : perUnit(field(name, money, total), seats);
  const dates = {
    endDate: field('endDate', utcDate, ...wire.end),
    autoRenew: field('autoRenew', flag, wire.autoRenew),
  };
  const periodicity = field('billingCycle', text, wire.periodicity.code);
  const word = field('status', text, ...wire.words);
  const enabled = field('status', flag, wire.enabled);
  const said = read.unreadable.includes('status') ? 'unknown' : status(enabled, word);
  return {
    id,
    customerId: needed('customer_ref', name, wire.customer),
    name: first('name', text, ...wire.names) ?? id,
    status: statusByFacts(said, dates),
    statusText: word,
    quantity: seats,
    usage: isUsage(wire.seats, wire.type, periodicity, wire.categories),
    trial: field('trial', flag, wire.trial) ?? false,
    unitCost: amount('unitCost', wire.cost),
    unitPrice: amount('unitPrice', wire.price),
    currency: field('currency', text, wire.currency)?.toUpperCase() ?? null,
    billingCycle: cycle(periodicity, () => field('billingCycle', text, wire.periodicity.word)),
    term: term(field('term', text, wire.term.code), () => field('term', text, wire.term.word)),
    startDate: field('startDate', utcDate, ...wire.start),
    ...dates,
    renewalDate: field('renewalDate', utcDate, wire.renewal),
    cancelUntil: field('cancelUntil', utcDate, ...windows(wire.actionMessages, read)),
    ...afterRenewal(read, wire),
    vendor: field('vendor', text, ...wire.vendors),
    sku: field('sku', text, wire.sku),
    vendorSku: field('vendorSku', text, wire.vendorSku),
    // Licences carry no tenant id in either spelling; their customer does.
    tenantId: null,
  };
}

type Word = () => string | null;
const cycle = (code: string | null, word: Word) =>
  code === null ? cycleFromText(word()) : cycleFromHours(code);

function term(code: string | null, word: Word): string | null {
  if (code !== null) return termFromHours(code);
  const words = word();
  return words?.toLowerCase() === 'no term' ? null : termFromText(words);
}

/** The end of the window for cancelling, else for reducing seats. Only the plain listing has it. */
function windows(messages: unknown, { mark }: FieldReader): unknown[] {
  if (!isGiven(messages)) return [];
  if (!Array.isArray(messages) || !messages.every((one) => isRecord(one) && typeof one.action === 'string')) {
    mark('cancelUntil');
    return [];
  }
  return ['cancel', 'decreaseSeats'].map(
    (action) => messages.find((message) => message.action === action)?.supportedUntil,
  );
}

/** The catalogue's data of the licence: its renewal price and its limits. */
function afterRenewal({ field, part }: FieldReader, { band: given }: Spelled) {
  const band = part(given, 'renewalCost', 'renewalPrice', 'minQuantity', 'maxQuantity');
  const prices = part(band.prices, 'renewalCost', 'renewalPrice');
  const limits = part(band.saleConstraints, 'minQuantity', 'maxQuantity');
  return {
    renewalCost: field('renewalCost', money, prices.buy),
    renewalPrice: field('renewalPrice', money, prices.sell),
    minQuantity: field('minQuantity', quantity, limits.minQuantity),
    maxQuantity: field('maxQuantity', quantity, limits.maxQuantity),
  };
}
