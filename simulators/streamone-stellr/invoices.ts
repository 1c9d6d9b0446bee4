import {
  type Billed,
  type Charge,
  chargesOf,
  daysOf,
  isPeriod,
  periodsOf,
  publicationOf,
  sum,
} from '../charges.ts';
import type { SimRequest, SimResponse } from '../harness.ts';
import { page } from './listings.ts';
import { number, subscriptionRecord } from './records.ts';
import { fail } from './replies.ts';
import type { CustomerRow, StellrState, SubscriptionRow, Wire } from './state.ts';

/** One invoice a customer and month, one of its own for a credit; the charges behind it are asked for by its order. */
interface Invoice {
  orderNo: string;
  period: string;
  customer: CustomerRow;
  lines: Charge[];
}

const words = { open: 'Pending', final: 'Invoiced', rejected: 'Cancelled' } as const;
const series = { plain: '55', credit: '56' } as const;

export function listInvoices(req: SimRequest, state: StellrState): SimResponse {
  if (!state.charges.offered) return fail(403, 'FORBIDDEN', 'Access denied');
  const [from, to, customerNo] = ['startDate', 'endDate', 'customerNo'].map((name) => req.query.get(name));
  const customers = state.customers.filter((one) => !customerNo || one.customerNo === customerNo);
  const periods = periodsOf(state.charges, state.clock()).filter((period) => {
    const [first, last] = daysOf(period);
    return (!from || last >= from) && (!to || first <= to);
  });
  const all = periods.flatMap((period) =>
    customers.flatMap((customer) => invoicesOf(state, period, customer)),
  );
  return page(req, state, all, (one) => invoiceRecord(state, one));
}

export function invoiceReport(req: SimRequest, state: StellrState): SimResponse {
  if (!state.charges.offered) return fail(403, 'FORBIDDEN', 'Access denied');
  const orderNo = req.query.get('orderNo') ?? '';
  const [, year, month, customerNo = ''] = /^5[56](\d{4})(\d{2})(\d+)$/.exec(orderNo) ?? [];
  const customer = state.customerByNo.get(customerNo);
  const period = `${year}-${month}`;
  const found =
    customer &&
    isPeriod(period) &&
    invoicesOf(state, period, customer).find((one) => one.orderNo === orderNo);
  if (!found) return fail(404, 'ORDER_NOT_FOUND', `Order ${orderNo} was not found`);
  const lines = state.charges.gaps.has(period) ? found.lines.slice(0, -1) : found.lines;
  return page(req, state, lines, (line) => chargeRecord(state, found, line), found.lines.length);
}

function invoicesOf(state: StellrState, period: string, customer: CustomerRow): Invoice[] {
  if (publicationOf(state.charges, period, state.clock()) === 'none') return [];
  const rows = state.subscriptionsOf.get(customer.customerNo) ?? [];
  const charges = chargesOf(
    state.charges,
    period,
    rows.map((row) => billed(state, row, customer)),
  );
  const parts = {
    plain: charges.filter(({ kind }) => kind !== 'credit'),
    credit: charges.filter(({ kind }) => kind === 'credit'),
  };
  return (['plain', 'credit'] as const).flatMap((part) => {
    const orderNo = `${series[part]}${period.replace('-', '')}${customer.customerNo}`;
    return parts[part].length ? [{ orderNo, period, customer, lines: parts[part] }] : [];
  });
}

function billed(state: StellrState, row: SubscriptionRow, customer: CustomerRow): Billed {
  const record = subscriptionRecord(state, { ...row, broken: undefined });
  const { holding } = row;
  return {
    id: row.id,
    index: holding.index,
    customer: row.customerNo,
    customerIndex: customer.company?.index ?? 0,
    quantity: Number(record.quantity ?? 0),
    cost: holding.trial ? 0 : Number(record.unitPrice ?? 0),
    price: holding.trial ? 0 : Number(record.customerPrice ?? 0),
    cycle: row.oneTime ? 'once' : holding.cycle,
    startedAt: Date.parse(String(record.startDate).slice(0, 10)),
    live: holding.state !== 'cancelled',
  };
}

function invoiceRecord(state: StellrState, { orderNo, period, customer, lines }: Invoice): Wire {
  const publication = publicationOf(state.charges, period, state.clock());
  const [startDate, endDate] = daysOf(period);
  return {
    invoiceNo: publication === 'final' ? `9${orderNo.slice(1)}` : null,
    invoiceDate: publication === 'final' ? endDate : null,
    orderNo,
    customerNo: number(state, customer.customerNo),
    currency: state.settings.currency,
    totalAmount: sum(lines.map(({ cost }) => cost)),
    status: words[publication as keyof typeof words],
    startDate,
    endDate,
  };
}

const chargeTypes = {
  recurring: 'RECURRING',
  proration: 'PRORATION',
  credit: 'CREDIT',
  fee: 'ONE_TIME',
} as const;

function chargeRecord(state: StellrState, { orderNo, lines }: Invoice, line: Charge): Wire {
  const row = state.subscriptionById.get(line.subscription ?? '');
  const record = row && subscriptionRecord(state, { ...row, broken: undefined });
  const text = state.settings.prices === 'text';
  const money = (amount: number) => (text ? amount.toFixed(4) : amount);
  return {
    orderNo,
    lineNo: lines.indexOf(line) + 1,
    subscriptionId: line.subscription,
    customerNo: number(state, line.customer),
    productName: record?.productName ?? line.note,
    skuNo: record?.skuNo ?? null,
    mfgPartNo: record?.mfgPartNo ?? null,
    quantity: line.quantity,
    usageUnit: line.kind === 'fee' ? 'each' : 'seat',
    unitPrice: money(line.unitCost),
    extendPrice: money(line.cost),
    customerPrice: money(line.unitPrice),
    extendCustomerPrice: money(line.price),
    tax: money(0),
    currency: state.settings.currency,
    chargeType: chargeTypes[line.kind],
    chargeStartDate: line.from,
    chargeEndDate: line.to,
  };
}
