import {
  type ChargeDocument,
  type ChargeLine,
  chargesProblem,
  daysOf,
  mostPages,
} from '../../domain/charges.ts';
import { localDate } from '../../domain/dates.ts';
import { Failure } from '../../domain/failure.ts';
import { fieldReader, isRecord, money, quantity, id as readId, text } from '../../domain/reading.ts';
import type { Charges } from '../contract.ts';
import { ask, type Permission, type StellrContext } from './client.ts';
import type { StellrCredentials, StellrSettings } from './definition.ts';
import { pageQuery, placeOf, readPage } from './pages.ts';
import { subscriptionId } from './wire.ts';

/** Invoices of a month, and the charges behind each, which are asked for by its order (contract §10). */
export const charges: Charges<StellrSettings, StellrCredentials> = {
  async *documents(context, month, known) {
    const [startDate, endDate] = daysOf(month);
    const path = `cloud/invoices?startDate=${startDate}&endDate=${endDate}`;
    for await (const { raw } of all(context, path, 'List Invoices')) {
      const invoice = readInvoice(raw);
      // The filter may go by the day of the invoice: its period decides.
      const ofMonth = invoice.from === null || invoice.from.startsWith(month);
      if (ofMonth && !invoice.cancelled && !known.has(invoice.id)) yield await withLines(context, invoice);
    }
  },
};

interface Invoice {
  id: string;
  from: string | null;
  total: string | null;
  final: boolean;
  cancelled: boolean;
}

function readInvoice(raw: unknown): Invoice {
  const { needed, field } = fieldReader();
  const wire = isRecord(raw) ? raw : {};
  const status = field('status', text, wire.status)?.toLowerCase() ?? '';
  return {
    id: needed('orderNo', readId, wire.orderNo),
    from: field('startDate', localDate, wire.startDate),
    total: field('totalAmount', money, wire.totalAmount),
    final: status === 'invoiced' || status === 'paid',
    cancelled: /^cancel/.test(status),
  };
}

async function withLines(context: StellrContext, { id, total, final }: Invoice): Promise<ChargeDocument> {
  if (id === '')
    return { id, final, problem: 'An invoice names no order, so its charges cannot be read.', lines: [] };
  const read: ChargeLine[] = [];
  let received = 0;
  let declared: number | null = null;
  try {
    const path = `cloud/invoice/report?orderNo=${encodeURIComponent(id)}`;
    for await (const { raw, total } of all(context, path, 'Invoice Report')) {
      received++;
      declared = total;
      const line = readLine(raw);
      if (line) read.push(line);
    }
  } catch (error) {
    // One order that cannot be answered leaves the others readable.
    if (!(error instanceof Failure) || !['not-found', 'invalid'].includes(error.kind)) throw error;
    return { id, final, problem: `The charges of order ${id} cannot be read: ${error.message}`, lines: [] };
  }
  const problem = chargesProblem({
    document: `Order ${id}`,
    unreadable: received - read.length,
    received,
    declared,
    costs: read.map(({ cost }) => cost),
    total,
  });
  return { id, final, problem, lines: read };
}

function readLine(raw: unknown): ChargeLine | null {
  const { field, needed, lacking, unreadable } = fieldReader();
  const wire = isRecord(raw) ? raw : {};
  const line = {
    subscriptionId: subscriptionId(raw),
    vendorSubscriptionId: field('vendorSubscriptionId', readId, wire.vendorSubscriptionId),
    customerId: field('customerNo', readId, wire.customerNo),
    product: field('productName', text, wire.productName),
    quantity: field('quantity', quantity, wire.quantity),
    cost: needed('extendPrice', money, wire.extendPrice),
    price: field('extendCustomerPrice', money, wire.extendCustomerPrice),
    currency: field('currency', text, wire.currency)?.toUpperCase() ?? null,
    from: field('chargeStartDate', localDate, wire.chargeStartDate),
    to: field('chargeEndDate', localDate, wire.chargeEndDate),
  };
  return lacking.length > 0 || unreadable.length > 0 ? null : line;
}

/** Each row of every page, and how many the source says there are. */
async function* all(context: StellrContext, path: string, permission: Permission) {
  let cursor: string | null = '1';
  for (let pages = 0; cursor !== null; pages++) {
    const at: string = cursor;
    if (pages >= mostPages) throw new Failure('bad-answer', 'Stellr answers a list that does not end.');
    const query = pageQuery(placeOf(at).pageNo);
    const page = await ask(context, `${path}&${query}`, permission, {}, (json) => readPage(json, at));
    for (const raw of page.rows) yield { raw, total: page.declared };
    cursor = page.next;
  }
}
