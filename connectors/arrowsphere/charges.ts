import { z } from 'zod';
import { type ChargeDocument, type ChargeLine, chargesProblem, mostPages } from '../../domain/charges.ts';
import { utcDate } from '../../domain/dates.ts';
import { fieldReader, isRecord, money, name, quantity, text } from '../../domain/reading.ts';
import type { Charges } from '../contract.ts';
import { ask, type Context } from './client.ts';
import type { Credentials, Settings } from './definition.ts';
import { pagination, type RawPage, readPage, unreadable } from './pages.ts';

/** Billing statements, one or more a customer and month, each with its lines (contract §9). */
export const charges: Charges<Settings, Credentials> = {
  async *documents(context, month, known) {
    for await (const raw of all(context, `/billing/statements?reportPeriod=${month}`, 'billingStatements')) {
      const statement = readStatement(raw);
      if (statement.counts && !known.has(statement.id)) yield await withLines(context, statement);
    }
  },
};

const what = 'billing statements';

interface Statement {
  id: string;
  customerId: string | null;
  total: string | null;
  final: boolean;
  /** What the reseller pays, and was not taken back. */
  counts: boolean;
}

function readStatement(raw: unknown): Statement {
  const { needed, field, part } = fieldReader();
  const wire = isRecord(raw) ? raw : {};
  const state = field('state', text, part(wire.status).state)?.toLowerCase() ?? null;
  return {
    id: needed('reference', name, wire.reference),
    customerId: field('to', name, part(wire.to).reference),
    total: field('prices', money, part(wire.prices).buyTotal),
    // The status is said to be reserved: a statement that was issued without one is final.
    final: field('issueDate', text, wire.issueDate) !== null && (state === null || state === 'fulfilled'),
    counts:
      state !== 'rejected' &&
      (field('billingGroup', text, wire.billingGroup) ?? 'ArrowBilling') === 'ArrowBilling',
  };
}

async function withLines(context: Context, statement: Statement): Promise<ChargeDocument> {
  const { id, total, final } = statement;
  const read: ChargeLine[] = [];
  let received = 0;
  for await (const raw of all(
    context,
    `/billing/statements/${encodeURIComponent(id)}/lines?`,
    'billingStatementLines',
  )) {
    received++;
    const line = readLine(raw, statement.customerId);
    if (line) read.push(line);
  }
  const problem = chargesProblem({
    document: id === '' ? 'A statement without reference' : `Statement ${id}`,
    unreadable: received - read.length,
    received,
    declared: null,
    costs: read.map(({ cost }) => cost),
    total,
  });
  return { id, final, problem, lines: read };
}

/** Totals, since a unit price times the quantity is not exactly the line's. */
function readLine(raw: unknown, customerId: string | null): ChargeLine | null {
  const { field, needed, part, unreadable: marked, lacking } = fieldReader();
  const wire = isRecord(raw) ? raw : {};
  const prices = part(wire.prices);
  const line = {
    subscriptionId: field('arsSubscriptionId', name, wire.arsSubscriptionId),
    vendorSubscriptionId: field(
      'vendorEndCustomerSubscriptionId',
      name,
      wire.vendorEndCustomerSubscriptionId,
    ),
    customerId,
    product: field('product', text, wire.offerName, wire.vendorProductName, wire.description),
    quantity: field('quantity', quantity, wire.quantity),
    cost: needed('buyTotal', money, prices.buyTotal),
    price: field('sellTotal', money, prices.sellTotal),
    currency: field('currency', text, wire.currency)?.toUpperCase() ?? null,
    from: field('from', utcDate, wire.usageStartDate, wire.billingPeriodStart),
    to: field('to', utcDate, wire.usageEndDate, wire.billingPeriodEnd),
  };
  return lacking.length > 0 || marked.length > 0 ? null : line;
}

type Key = 'billingStatements' | 'billingStatementLines';
const wire = z.object({ data: z.looseObject({}), pagination });

function recordsOf(data: Record<string, unknown>, key: Key): unknown[] {
  const records = data[key];
  if (!Array.isArray(records)) throw unreadable(what);
  return records;
}

async function* all(context: Context, path: string, key: Key): AsyncGenerator<unknown> {
  for (let page = 1; page <= mostPages; page++) {
    const asked = { path: `${path}${path.endsWith('?') ? '' : '&'}page=${page}&perPage=1000` };
    const answer: RawPage = await ask(context, what, asked, (json) =>
      readPage(wire, ({ data }) => recordsOf(data, key), json, page, what),
    );
    yield* answer.records;
    // A page without records ends it, whatever the count says.
    if (!answer.more || answer.records.length === 0) return;
  }
  throw unreadable(what);
}
