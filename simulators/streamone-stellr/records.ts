import { guid, type Holding, random } from '../world.ts';
import type { CustomerRow, StellrState, SubscriptionRow, Wire } from './state.ts';

const epoch = Date.UTC(2026, 10, 1);
const day = 86_400_000;
const months = { P1M: 1, P1Y: 12, P3Y: 36 } as const;
const commitments = { P1M: 'Monthly', P1Y: 'Annual', P3Y: 'Triennial' } as const;
const nameKeys = ['name', 'companyName', 'customerName'] as const;
/** Spellings vary and blank means active: `status` is often unset. */
const statuses = {
  active: ['active', 'Active', '', 'active'],
  suspended: ['suspended', 'Suspended'],
  cancelled: ['cancelled', 'Expired', 'Inactive', 'Discontinued'],
} as const;

export function patched(record: Wire, patch: Wire): Wire {
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete record[key];
    else record[key] = value;
  }
  return record;
}

export function customerRecord(state: StellrState, row: CustomerRow): Wire {
  const record: Wire = { customerNo: number(state, row.customerNo) };
  if (row.company) {
    const { name, domain, tenantId, contact, address, index } = row.company;
    const { nameKey } = state.settings;
    Object.assign(record, {
      [nameKey === 'mixed' ? nameKeys[index % nameKeys.length]! : nameKey]: name,
      email: contact.email,
      phone: contact.phone,
      address1: address.street,
      address2: '',
      city: address.city,
      state: address.state,
      zipCode: address.postcode,
      country: address.country,
      status: index % 41 === 40 ? 'Discontinued' : 'Active',
      domain,
      tenantId,
    });
  }
  patched(record, row.own);
  if (row.broken === 'noid') delete record.customerNo;
  if (row.broken === 'unreadable') return { customerNo: record.customerNo, name: { broken: [1] }, status: 7 };
  return record;
}

export function subscriptionRecord(state: StellrState, row: SubscriptionRow): Wire {
  const { holding, oneTime } = row;
  const { index, product } = holding;
  const start = epoch - holding.startedDaysAgo * day;
  const spelled = statuses[holding.state];
  const cycles = holding.cycle === 'annual' ? 12 : 1;
  const record: Wire = {
    subscriptionId: row.id,
    contractNo: number(state, String(row.contractNo)),
    lineNo: row.lineNo,
    customerNo: number(state, row.customerNo),
    vendorId: `V${product.vendor.slice(0, 3).toUpperCase()}`,
    vendorName: product.vendor,
    vendorSubscriptionId: guid(random(state.seed * 1_000_003 + index)),
    productId: `P${skuNo(product.sku)}`,
    productName: oneTime ? `${product.name} (One-time)` : `${product.name} (${billed(row)})`,
    skuNo: skuNo(product.sku),
    mfgPartNo: product.sku,
    offerId: `${product.sku.replace(':', '-')}-${holding.term}`,
    quantity: holding.quantity,
    unitPrice: money(state, index, Number(product.cost) * cycles),
    customerPrice: money(state, index, Number(product.price) * cycles),
    currency: state.settings.currency,
    billingFrequency: oneTime ? 'one_time' : holding.cycle === 'annual' ? 'annual' : 'month',
    startDate: date(state, index, start),
    endDate: date(state, index, termEnd(holding)),
    status: spelled[index % spelled.length],
  };
  if (oneTime) delete record.endDate;
  else Object.assign(record, renewalFields(state, row));
  patched(record, row.own);
  return row.broken ? broken(record, row) : record;
}

function broken(record: Wire, { broken: mode, id }: SubscriptionRow): Wire {
  if (mode === 'unreadable')
    return { subscriptionId: id, customerNo: ['?'], quantity: { n: 'many' }, status: 17, productName: null };
  // Contract and line would give the id away.
  const keys = mode === 'noid' ? ['subscriptionId', 'contractNo', 'lineNo'] : ['quantity'];
  for (const key of keys) delete record[key];
  return record;
}

/** The commitment is nowhere but in the product's name. */
const billed = ({ holding }: SubscriptionRow) =>
  holding.term === 'P1M'
    ? commitments.P1M
    : `${commitments[holding.term]}, billed ${holding.cycle === 'annual' ? 'annually' : 'monthly'}`;

export function number(state: StellrState, text: string): string | number {
  const { ids } = state.settings;
  return ids === 'number' || (ids === 'mixed' && Number(text) % 2 === 0) ? Number(text) : text;
}

function money(state: StellrState, index: number, amount: number): string | number {
  const { prices } = state.settings;
  const text = amount.toFixed(2);
  return prices === 'text' || (prices === 'mixed' && index % 13 === 12) ? text : Number(text);
}

/** `-0400` without a colon, which strict ISO parsers refuse. */
function date(state: StellrState, index: number, ms: number): string {
  const { dates } = state.settings;
  const plain = new Date(ms).toISOString().slice(0, 10);
  return dates === 'offset' || (dates === 'mixed' && index % 11 === 10)
    ? `${plain}T00:00:00.000-0400`
    : plain;
}

/**
 * The last day of the running term, or of one before (`terms` -1); what has ended did so at the end of its first term,
 * or yesterday.
 */
export function termEnd({ startedDaysAgo, term, state }: Holding, terms = 0): number {
  const start = epoch - startedDaysAgo * day;
  const hasEnded = state === 'cancelled';
  const end = new Date(start);
  do end.setUTCMonth(end.getUTCMonth() + months[term]);
  while (!hasEnded && end.getTime() <= epoch);
  end.setUTCMonth(end.getUTCMonth() + terms * months[term]);
  const last = end.getTime() - day;
  return hasEnded ? Math.min(last, epoch - day) : last;
}

/** Names one client reads; whether the service sends them is not publicly known. */
function renewalFields(state: StellrState, { holding }: SubscriptionRow): Wire {
  const { renewalFields: which } = state.settings;
  if (which === 'none' || (which === 'some' && holding.index % 3 !== 0)) return {};
  const deadline = holding.term === 'P1M' ? undefined : termEnd(holding, -1) + 8 * day;
  return {
    renewalDate: date(state, holding.index, termEnd(holding) + day),
    ...(deadline && { cancellationDeadline: new Date(deadline).toISOString().slice(0, 10) }),
    reducible: deadline === undefined || state.clock() < deadline,
  };
}

/** A number of our own for each part, the same in every run. */
const skuNo = (sku: string) =>
  14_000_000 + [...sku].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 999_983, 7);
