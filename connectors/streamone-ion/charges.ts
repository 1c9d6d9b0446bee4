import { z } from 'zod';
import { type ChargeLine, chargesProblem, daysOf, weekdayAfter } from '../../domain/charges.ts';
import { localDate } from '../../domain/dates.ts';
import { Failure } from '../../domain/failure.ts';
import { fieldReader, isRecord, money, quantity, id as readId, text } from '../../domain/reading.ts';
import type { Charges } from '../contract.ts';
import { ask, type IonContext } from './client.ts';
import type { IonCredentials, IonSettings } from './definition.ts';
import { envelope } from './pages.ts';
import { camel } from './wire.ts';

/** A billing report that the reseller saved in the portal, run for one month (contract §12). */
export const charges: Charges<IonSettings, IonCredentials> = {
  async *documents(context, month, known) {
    const reportId = await reportOf(context);
    const document = `report-${reportId}`;
    if (known.has(document)) return;
    const definition = await ask(context, `reports/${reportId}`, {}, (json) => {
      const read = camel(json);
      if (!isRecord(read) || !isRecord(read.specs)) throw badAnswer();
      return read;
    });
    const { rows, columns, available } = await run(context, reportId, month, definition);
    // A month that is closed too early has no rows at all.
    if (rows.length === 0 && available === 0) return;
    const read = rows.map((row) => readRow(row, columns));
    const lines = read.flatMap((one) => (one ? [one.line] : []));
    const problem = chargesProblem({
      document: `Report ${reportId}`,
      unreadable: read.length - lines.length,
      received: rows.length,
      declared: available,
      costs: [],
      total: null,
    });
    const closed = read.every((one) => one?.invoiced) || Date.now() >= weekdayAfter(month, 15).getTime();
    yield { id: document, final: closed, problem, lines };
  },
};

const template = 'azure_plan_billing';
const moduleName = 'REPORTS_REPORTS_MODULE';

const report = z.looseObject({
  reportId: z.union([z.string(), z.number()]).transform(String).optional(),
  name: z.string().optional(),
  category: z.string().optional(),
  reportTemplateId: z.string().optional(),
});
const reports = z.object({ reports: z.array(report).nullish() });

/** The one that the settings name, else the only one of the template. */
async function reportOf(context: IonContext): Promise<string> {
  const { reportId } = context.settings;
  if (reportId) return reportId;
  const listed = await ask(context, `reports?module=${moduleName}`, {}, (json) =>
    envelope(json, reports, ['reports']),
  );
  const ids = (listed.reports ?? [])
    .filter(
      (one) =>
        one.reportTemplateId === template || (!one.reportTemplateId && one.category === 'BILLING_REPORTS'),
    )
    .map((one) => one.reportId ?? one.name?.split('/').pop() ?? '')
    .filter((id) => /^\d+$/.test(id));
  if (ids.length === 1) return ids[0]!;
  throw new Failure(
    'forbidden',
    ids.length === 0
      ? 'The account has no saved billing report.'
      : `The account has ${ids.length} billing reports: ${ids.slice(0, 5).join(', ')}.`,
    { remedy: 'Save one of the template “Azure plan” in the portal, and name it in the setting reportId.' },
  );
}

const column = z.looseObject({ columnTemplateId: z.string() });
const answer = z.object({
  report: z.looseObject({ specs: z.looseObject({ selectedColumns: z.array(column) }) }),
  results: z.object({ rows: z.array(z.unknown()).nullish() }).nullish(),
  availableRowsCount: z
    .union([z.number(), z.string().regex(/^\d+$/)])
    .transform(Number)
    .nullish(),
});

/** Every column, ungrouped: whoever groups gets sums. Public clients write the range in snake_case, columns in camelCase. */
async function run(
  context: IonContext,
  reportId: string,
  month: string,
  definition: Record<string, unknown>,
) {
  const { specs, reportModule, category } = definition;
  const [first, last] = daysOf(month);
  const fixed = { start_date: `${first}T00:00:00Z`, end_date: `${last}T23:59:59Z` };
  const json = {
    reportId,
    report_module: reportModule ?? moduleName,
    category: category ?? 'BILLING_REPORTS',
    specs: {
      date_range_option: { selected_range: { fixed_date_range: fixed } },
      selectedColumns: isRecord(specs) ? (specs.allColumns ?? []) : [],
    },
  };
  const request = { method: 'POST', json } as const;
  const read = await ask(context, `reports/${reportId}/data`, request, (json) => {
    const parsed = answer.safeParse(camel(json, 8));
    if (parsed.success) return parsed.data;
    throw badAnswer();
  });
  const { report, results, availableRowsCount } = read;
  return {
    rows: results?.rows ?? [],
    columns: report.specs.selectedColumns.map(({ columnTemplateId }) =>
      columnTemplateId.replace(`${template}.`, ''),
    ),
    available: availableRowsCount ?? null,
  };
}

const badAnswer = () =>
  new Failure('bad-answer', 'Ion answered without the report its contract names.', {
    remedy: 'Check the base URL; if it is right, the API may have changed.',
  });

/** A row's values stand in the order of the columns. The subscription is named by the provider's id alone. */
function readRow(raw: unknown, columns: string[]): { line: ChargeLine; invoiced: boolean } | null {
  const given = isRecord(raw) && Array.isArray(raw.values) ? (raw.values as unknown[]) : [];
  const wire = new Map(columns.map((name, place) => [name, cellValue(given[place])]));
  const { field, needed, lacking, unreadable } = fieldReader();
  const cost = wire.get('seller_cost');
  const [amount, currency] = isRecord(cost) ? [cost.value, cost.currency] : [cost, undefined];
  const price = wire.get('customer_cost');
  const line = {
    subscriptionId: null,
    vendorSubscriptionId: field('cloud_account_number', readId, wire.get('cloud_account_number')),
    customerId: field('customer_id', readId, wire.get('customer_id')),
    product: field('product_name', text, wire.get('product_name'), wire.get('sku_name')),
    quantity: field('seat_count', quantity, wire.get('seat_count'), wire.get('usage')),
    cost: needed('seller_cost', money, amount),
    price: field('customer_cost', money, isRecord(price) ? price.value : price),
    currency: field('currency', text, currency, wire.get('invoice_currency'))?.toUpperCase() ?? null,
    from: field('usage_starttime', localDate, wire.get('usage_starttime')),
    to: field('usage_endtime', localDate, wire.get('usage_endtime')),
  };
  if (lacking.length > 0 || unreadable.length > 0) return null;
  return { line, invoiced: field('invoice_number', text, wire.get('invoice_number')) !== null };
}

function cellValue(cell: unknown): unknown {
  if (!isRecord(cell)) return cell;
  const { stringValue, floatValue, intValue, moneyValue, boolValue, dateValue } = cell;
  return stringValue ?? moneyValue ?? floatValue ?? intValue ?? dateValue ?? boolValue;
}
