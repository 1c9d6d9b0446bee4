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
import { readBody } from './customers.ts';
import { customerRecord, iso, subscriptionRecord } from './records.ts';
import { fail, missing } from './replies.ts';
import type { IonState, SubscriptionRow, Wire } from './state.ts';

/** Charges three ways: a saved report of v3, the billing report of v1, and v1's invoices. */
type Params = Record<string, string>;

const template = 'azure_plan_billing';
type Row = Charge & { record: Wire | undefined; company: string; invoiced: string };
type Column = [
  key: string,
  heading: string,
  type: 'STRING' | 'FLOAT' | 'MONEY' | 'DATE',
  read: (row: Row) => unknown,
];
const columns: Column[] = [
  ['customer_id', 'Customer ID', 'STRING', (row) => row.customer],
  ['customer_company_name', 'Customer Company', 'STRING', (row) => row.company],
  ['cloud_account_number', 'Subscription ID', 'STRING', (row) => row.subscription ?? ''],
  ['product_name', 'Product Name', 'STRING', (row) => row.record?.subscriptionName ?? row.note],
  ['sku_id', 'SKU ID', 'STRING', (row) => row.record?.subscriptionSkuId ?? ''],
  ['sku_name', 'SKU Name', 'STRING', (row) => row.record?.subscriptionName ?? row.note],
  [
    'term_and_billing_cycle',
    'Term And Billing Cycle',
    'STRING',
    ({ record }) => (record ? `${record.subscriptionBillingTerm}:${record.subscriptionBillingCycle}` : ''),
  ],
  ['charge_type', 'Charge Type', 'STRING', (row) => chargeTypes[row.kind]],
  ['usage_starttime', 'Charge StartDate', 'DATE', (row) => `${row.from}T00:00:00Z`],
  ['usage_endtime', 'Charge EndDate', 'DATE', (row) => `${row.to}T23:59:59Z`],
  ['seat_count', 'Seat Count', 'FLOAT', (row) => row.quantity],
  ['usage', 'Usage Quantity', 'FLOAT', (row) => row.quantity],
  ['unit_price', 'Unit Price', 'MONEY', (row) => row.unitCost],
  ['seller_cost', 'Seller Cost', 'MONEY', (row) => row.cost],
  ['customer_cost', 'Customer Cost', 'MONEY', (row) => row.price],
  ['invoice_number', 'Invoice Number', 'STRING', (row) => row.invoiced],
];
const chargeTypes = { recurring: 'cycleFee', proration: 'addQuantity', credit: 'customerCredit', fee: 'fee' };

export const listReports = (_: SimRequest, state: IonState): SimResponse => ({
  status: 200,
  body: { reports: [definition(state)] },
});

export const getReport = (_: SimRequest, state: IonState, { report }: Params): SimResponse =>
  report === reportId
    ? { status: 200, body: { ...definition(state), specs: specs(state, columns) } }
    : missing(state, `reports/${report}`);

const reportId = '50001';
const definition = (state: IonState): Wire => ({
  name: `accounts/${state.settings.accountId}/reports/${reportId}`,
  reportId,
  displayName: 'Billing by customer',
  reportModule: 'REPORTS_REPORTS_MODULE',
  reportTemplateId: template,
  category: 'BILLING_REPORTS',
  providerIds: ['30'],
});

const specs = ({ settings }: IonState, chosen: Column[]): Wire => {
  const column = ([key, heading, valueType]: Column): Wire => ({
    id: String(799_000 + columns.findIndex(([one]) => one === key)),
    displayName: heading,
    columnTemplateId: `${template}.${key}`,
    valueType,
    columnHeading: valueType === 'MONEY' ? `${heading} (${settings.currency})` : heading,
  });
  return { allColumns: columns.map(column), selectedColumns: chosen.map(column) };
};

export function reportData(req: SimRequest, state: IonState, { report }: Params): SimResponse {
  const asked = askedOf(req, state, report!);
  if ('status' in asked) return asked;
  const { chosen, rows, available } = asked;
  const value = ([, , valueType, read]: Column, row: Row): Wire => {
    const found = read(row);
    if (valueType === 'MONEY')
      return { valueType, moneyValue: { currency: state.settings.currency, value: found } };
    if (valueType === 'FLOAT') return { valueType, floatValue: found };
    return valueType === 'DATE' ? { valueType, dateValue: found } : { valueType, stringValue: String(found) };
  };
  return {
    status: 200,
    body: {
      report: { ...definition(state), specs: specs(state, chosen) },
      results: { rows: rows.map((row) => ({ values: chosen.map((column) => value(column, row)) })) },
      resultCount: String(rows.length),
      availableRowsCount: String(available),
      cacheTimestamp: iso(state.clock()),
    },
  };
}

export function reportCsv(req: SimRequest, state: IonState, { report }: Params): SimResponse {
  const asked = askedOf(req, state, report!);
  if ('status' in asked) return asked;
  const { chosen, rows } = asked;
  const quote = (value: unknown) => `"${String(value).replaceAll('"', '""')}"`;
  const heads = specs(state, chosen).selectedColumns as Wire[];
  const lines = rows.map((row) => chosen.map(([, , , read]) => quote(read(row))).join(','));
  const results = [heads.map(({ columnHeading }) => quote(columnHeading)).join(','), ...lines].join('\n');
  return { status: 200, body: { results, resultCount: String(rows.length) } };
}

function askedOf(req: SimRequest, state: IonState, report: string) {
  if (report !== reportId) return missing(state, `reports/${report}`);
  if (!state.charges.offered)
    return fail(state, 403, 'PERMISSION_DENIED', 'permission denied to access reports');
  const asked = (readBody(req.text || '{}')?.specs ?? {}) as Wire;
  const period = periodOf(state, asked);
  if (!period) return fail(state, 400, 'INVALID_ARGUMENT', 'the date range is not a whole calendar month');
  const names = (Array.isArray(asked.selectedColumns) ? (asked.selectedColumns as Wire[]) : []).map((one) =>
    String(one.columnTemplateId ?? '').replace(`${template}.`, ''),
  );
  const picked = names.flatMap((name) => columns.filter(([key]) => key === name));
  const all = rowsOf(state, period);
  const limit = Number(asked.rowsLimit ?? 0) || all.length;
  const rows = all.slice(0, state.charges.gaps.has(period) ? Math.max(0, limit - 1) : limit);
  return { chosen: picked.length ? picked : columns, rows, available: all.length };
}

/** A fixed range from the first to the last of a month, or a word for one; reports know whole months only. */
function periodOf(state: IonState, asked: Wire): string | undefined {
  const range = (((asked.dateRangeOption as Wire)?.selectedRange as Wire) ?? {}) as Wire;
  const fixed = range.fixedDateRange as Wire | undefined;
  if (fixed) {
    const [from, to] = [String(fixed.startDate).slice(0, 10), String(fixed.endDate).slice(0, 10)];
    const period = from.slice(0, 7);
    return isPeriod(period) && daysOf(period).join() === [from, to].join() ? period : undefined;
  }
  const back = { MONTH_TO_DATE: 0, LAST_MONTH: 1, TWO_MONTHS_AGO: 2 }[
    String(range.relativeDateRange ?? 'LAST_MONTH')
  ];
  if (back === undefined) return undefined;
  const at = new Date(state.clock());
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - back, 1)).toISOString().slice(0, 7);
}

const invoiceNumber = (period: string) => `ION-${period.replace('-', '')}`;

function rowsOf(state: IonState, period: string, customer?: string): Row[] {
  const publication = publicationOf(state.charges, period, state.clock());
  if (publication === 'none') return [];
  const rows = customer === undefined ? state.subscriptions : (state.subscriptionsOf.get(customer) ?? []);
  const records = new Map<string, Wire>();
  const billed = rows.map((row) => {
    const record = subscriptionRecord(state, { ...row, broken: undefined });
    records.set(String(record.subscriptionId), record);
    return billedOf(state, row, record);
  });
  const invoiced = publication === 'final' ? invoiceNumber(period) : '';
  return chargesOf(state.charges, period, billed).map((charge) => {
    const owner = state.customerById.get(charge.customer);
    return {
      ...charge,
      record: records.get(charge.subscription ?? ''),
      company: owner ? String(customerRecord(state, owner).customerOrganization) : '',
      invoiced,
    };
  });
}

/** Metered plans are billed too, by an amount of their own each month. */
const billedOf = (state: IonState, row: SubscriptionRow, record: Wire): Billed => ({
  id: String(record.subscriptionId),
  index: row.holding.index,
  customer: row.customerId,
  customerIndex: state.customerById.get(row.customerId)?.company?.index ?? 0,
  quantity: row.usage ? 1 : Number(record.subscriptionTotalLicenses ?? 0),
  cost: row.usage ? 100 + (row.holding.index % 50) : Number(record.cost ?? 0),
  price: row.usage ? 120 + (row.holding.index % 50) : Number(record.price ?? 0),
  cycle: record.subscriptionBillingCycle === 'annual' ? 'annual' : 'monthly',
  startedAt: Date.parse(String(record.subscriptionStartDate)),
  live: ['active', 'suspended'].includes(String(record.subscriptionStatus)),
});

const v1 = (data: unknown): SimResponse => ({ status: 200, body: { success: true, data } });

/** Customer, subscription, product, SKU, each inside the other, money as text with ten places. */
export function v1BillingReport({ query }: SimRequest, state: IonState): SimResponse {
  const [, month, year] = /^m-(\d{1,2})-(\d{4})$/.exec(query.get('filter[date_range]') ?? '') ?? [];
  const period = `${year}-${month?.padStart(2, '0')}`;
  if (!isPeriod(period)) return { status: 400, body: { success: false, message: 'Invalid date range' } };
  if (!state.charges.offered) return { status: 403, body: { success: false, message: 'Forbidden' } };
  const currency = query.get('filter[report_currency]') ?? state.settings.currency;
  const only = query.get('filter[customer_id]') ?? undefined;
  const byCustomer = group(rowsOf(state, period, only), ({ customer }) => customer);
  const data = [...byCustomer].map(([id, rows]) => ({
    entity: { id, type: 'customer', company: rows[0]!.company, name: '' },
    lines: [...group(rows, ({ subscription }) => subscription ?? '')].map(([guid, held]) => ({
      entity: { id: guid, type: 'subscription', cost_currency: currency, price_currency: currency },
      lines: held.map((row) => {
        const product = String(row.record?.subscriptionName ?? row.note);
        const amounts = { price: row.price, cost: row.cost, usage: row.quantity };
        const texts = Object.entries(amounts).map(([key, value]) => [key, value.toFixed(10)]);
        return {
          entity: { id: product, type: 'product' },
          lines: [{ entity: { id: product, type: 'sku' }, data: Object.fromEntries(texts) }],
        };
      }),
    })),
  }));
  const currencyOption = { costCurrency: currency, priceCurrency: currency };
  return {
    status: 200,
    body: { success: true, message: 'Report data for the selected period', currencyOption, data },
  };
}

function group<T>(rows: T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}

/** One a month that is final. */
export function v1Invoices({ query }: SimRequest, state: IonState): SimResponse {
  const customerId = query.get('customerId') ?? undefined;
  const wanted = ([...query] as [string, string][]).flatMap(([name, value]) => {
    const [, field = '', modifier = 'exact'] = /^filter\[(\w+)(?::(\w+))?\]$/.exec(name) ?? [];
    return field ? [{ field, modifier, value }] : [];
  });
  const all = periodsOf(state.charges, state.clock())
    .filter((period) => publicationOf(state.charges, period, state.clock()) === 'final')
    .map((period, index) => invoice(state, period, index, customerId))
    .filter((one) =>
      wanted.every(({ field, modifier, value }) => compare(String(one[field] ?? ''), modifier, value)),
    );
  const offset = Number(query.get('offset') ?? 0);
  return v1({ invoice: all.slice(offset, offset + Number(query.get('limit') ?? 100)) });
}

function invoice(state: IonState, period: string, index: number, customerId: string | undefined): Wire {
  const [billingStartDate, billingEndDate] = daysOf(period);
  const total = sum(rowsOf(state, period, customerId).map(({ cost }) => cost));
  return {
    id: String(60_001 + index),
    number: invoiceNumber(period),
    status: 'open',
    total: total.toFixed(2),
    currency: state.settings.currency,
    billingStartDate,
    billingEndDate,
    currencyRates: [],
    ...(customerId && { customerId }),
    lines: [{ cloudProviderId: '30', total: total.toFixed(2) }],
  };
}

function compare(a: string, modifier: string, b: string): boolean {
  if (modifier === 'gt') return a > b;
  if (modifier === 'lt') return a < b;
  if (modifier === 'gte' || modifier === 'min') return a >= b;
  return modifier === 'lte' || modifier === 'max' ? a <= b : a === b;
}

export const v1Invoice = (_: SimRequest, state: IonState, { invoice: id }: Params): SimResponse =>
  /^600\d\d$/.test(id!)
    ? v1({ invoice: { id, detailedInvoiceFilesUrls: [] } })
    : fail(state, 404, 'NOT_FOUND', `invoice ${id} not found`);
