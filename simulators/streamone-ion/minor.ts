import type { SimRequest, SimResponse } from '../harness.ts';
import { param, tokenPage } from './listings.ts';
import { customerRecord, iso, subscriptionRecord } from './records.ts';
import { fail, missing } from './replies.ts';
import type { IonState, SubscriptionRow, Wire } from './state.ts';

/** Orders, products, reports and v1: small, enough to answer a client that looks. */
type Params = Record<string, string>;

const ordersKept = 40;
const statuses = ['COMPLETED', 'NEW', 'ON_HOLD', 'IN_PROGRESS'];

export function listOrders(req: SimRequest, state: IonState, { customer = '-' }: Params): SimResponse {
  const status = param(req.query, 'status');
  const rows = state.subscriptions.slice(0, ordersKept).filter((row) => {
    if (customer !== '-' && row.customerId !== customer) return false;
    return !status || order(state, row).status === status;
  });
  return tokenPage(req.query, state, 'orders', rows, (row) => order(state, row), `${customer} ${status}`);
}

export function getOrder(_: SimRequest, state: IonState, { customer, order: id }: Params): SimResponse {
  const row = state.subscriptionById.get(String(Number(id) + orderShift));
  const known = row && (customer === '-' || row.customerId === customer);
  return known
    ? { status: 200, body: order(state, row) }
    : missing(state, `accounts/${state.settings.accountId}/customers/${customer}/orders/${id}`);
}

/** Order ids follow subscription ids at a distance, so that neither is taken for the other. */
const orderShift = 800_000;

function order(state: IonState, row: SubscriptionRow): Wire {
  const record = subscriptionRecord(state, row);
  const id = Number(row.id) - orderShift;
  const name = `accounts/${state.settings.accountId}/customers/${row.customerId}/orders/${id}`;
  const item = {
    name: `${name}/orderItems/${id}`,
    action: 'CREATE',
    resourceId: record.subscriptionId,
    productId: record.ccpProductId,
    skuId: record.ccpSkuId,
    planId: record.ccpPlanId,
    quantity: row.holding.quantity,
    providerName: 'AZURE',
    price: record.price,
    // A new tenant's login, in plain text, as the service returns it.
    attributes: [
      { name: 'userName', value: `admin@${row.holding.company.domain}` },
      { name: 'password', value: `Tenant-${id}-secret` },
    ],
    status: 'ACTIVE',
  };
  return {
    name,
    referenceId: `ref-${id}`,
    displayName: record.subscriptionName,
    status: statuses[id % statuses.length],
    currencyCode: state.settings.currency,
    total: record.total,
    createTime: record.subscriptionPurchasedDate,
    orderItems: [item],
  };
}

export function listProducts(req: SimRequest, state: IonState): SimResponse {
  const bySku = new Map(
    state.subscriptions.slice(0, 500).map((row) => [row.holding.product.sku, row.holding.product]),
  );
  const wanted = param(req.query, 'filter.skuDisplayName');
  const found = [...bySku.values()].filter(({ name }) => !wanted || name === wanted);
  return tokenPage(req.query, state, 'products', found, (product) => ({
    name: `accounts/${state.settings.accountId}/products/${product.sku.replace(':', '-')}`,
    type: 'SUBSCRIPTION_PRODUCTS',
    disabled: false,
    marketing: { displayName: product.name },
    definition: { supportedCurrencies: [state.settings.currency], billingMode: 'PREPAY', skus: [] },
  }));
}

export const listReports = (_: SimRequest, state: IonState): SimResponse => ({
  status: 200,
  body: {
    reports: [
      {
        name: `accounts/${state.settings.accountId}/reports/50001`,
        reportId: '50001',
        displayName: 'Billing by customer',
        reportModule: 'REPORTS_REPORTS_MODULE',
        category: 'BILLING_REPORTS',
      },
    ],
  },
});

const v1 = (data: unknown): SimResponse => ({ status: 200, body: { success: true, data } });

export function v1Customers({ query }: SimRequest, state: IonState): SimResponse {
  const offset = Number(query.get('offset') ?? 0);
  const rows = state.customers.slice(offset, offset + Number(query.get('limit') ?? 100));
  const customer = rows.map((row) => {
    const record = customerRecord(state, row);
    return { customerId: row.id, companyName: record.customerOrganization, email: record.customerEmail };
  });
  return v1({ customer });
}

export function v1Invoices({ query }: SimRequest, state: IonState): SimResponse {
  const customerId = query.get('customerId');
  const invoice = { invoiceId: '60001', status: 'open', total: '1250.00', currency: state.settings.currency };
  return v1({
    invoice: [{ ...invoice, createdDate: iso(Date.UTC(2026, 9, 1)), ...(customerId && { customerId }) }],
  });
}

export const v1Invoice = (_: SimRequest, state: IonState, { invoice }: Params): SimResponse =>
  invoice === '60001'
    ? v1({ invoice: { invoiceId: invoice, detailedInvoiceFilesUrls: [] } })
    : fail(state, 404, 'NOT_FOUND', `invoice ${invoice} not found`);
