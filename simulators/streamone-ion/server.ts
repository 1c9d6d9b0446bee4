import { type SimRequest, type SimResponse, type Simulator, startSimulator } from '../harness.ts';
import {
  getReport,
  listReports,
  reportCsv,
  reportData,
  v1BillingReport,
  v1Invoice,
  v1Invoices,
} from './billing.ts';
import { controls } from './controls.ts';
import { cloudProfiles, createCustomer, getCustomer, updateCustomer } from './customers.ts';
import { listCustomers, listSubscriptions } from './listings.ts';
import { listProducts, productPrices, v1Customers } from './minor.ts';
import { bearer, token, validateAccess } from './oauth.ts';
import { cancelOrder, createOrder, getOrder, listOrders, settle } from './orders.ts';
import { subscriptionDetail } from './records.ts';
import { fail, missing } from './replies.ts';
import { createState, type IonOptions, type IonState } from './state.ts';
import { liveAccess } from './tokens.ts';

export type { IonOptions, IonState } from './state.ts';

type Params = Record<string, string>;
type Handler = (req: SimRequest, state: IonState, params: Params) => SimResponse | Promise<SimResponse>;

const account = '/api/v3/accounts/:account';
const routes = (
  [
    ['POST', '/oauth/token', token],
    ['POST', '/oauth/validateAccess', validateAccess],
    ['GET', '/oauth/validateAccess', validateAccess],
    ['GET', `${account}/customers`, v3(listCustomers)],
    ['POST', `${account}/customers`, v3(createCustomer)],
    ['GET', `${account}/customers/:customer`, v3(getCustomer)],
    ['PUT', `${account}/customers/:customer`, v3(updateCustomer)],
    ['GET', `${account}/customers/:customer/cloudProfiles`, v3(cloudProfiles)],
    ['GET', `${account}/subscriptions`, v3(listSubscriptions)],
    ['GET', `${account}/customers/:customer/subscriptions/:id`, v3(getSubscription)],
    ['GET', `${account}/orders`, v3(listOrders)],
    ['GET', `${account}/customers/:customer/orders`, v3(listOrders)],
    ['POST', `${account}/customers/:customer/orders/?`, v3(createOrder)],
    ['POST', `${account}/customers/:customer/orders/:order\\:cancel`, v3(cancelOrder)],
    ['GET', `${account}/customers/:customer/orders/:order`, v3(getOrder)],
    ['GET', `${account}/products`, v3(listProducts)],
    ['POST', `${account}/products\\:pricing`, v3(productPrices)],
    ['GET', `${account}/reports`, v3(listReports)],
    ['GET', `${account}/reports/:report`, v3(getReport)],
    ['POST', `${account}/reports/:report/data`, v3(reportData)],
    ['POST', `${account}/reports/:report/reportDataCsv`, v3(reportCsv)],
    ['GET', '/api/v1/reports/billing/azureplan', v1(v1BillingReport)],
    ['GET', '/api/v1/customers', v1(v1Customers)],
    ['GET', '/api/v1/invoices/myinvoices', v1(v1Invoices)],
    ['GET', '/api/v1/invoices', v1(v1Invoices)],
    ['GET', '/api/v1/invoices/:invoice/detailed', v1(v1Invoice)],
  ] satisfies [string, string, Handler][]
).map(([method, path, handler]) => ({
  method,
  handler: handler as Handler,
  pattern: new RegExp(`^${path.replace(/(?<!\\):(\w+)/g, '(?<$1>[^/:]+)')}$`),
}));

export function startStreamOneIon(options: IonOptions = {}): Promise<Simulator<IonState>> {
  const { port, latencyMs } = options;
  return startSimulator({ state: createState(options), handle, reads, controls }, { port, latencyMs });
}

/** Reports and price books are asked for by POST. */
const reads = ({ method, path }: SimRequest) => method === 'GET' || /\/reports\/\d+\/|:pricing$/.test(path);

function handle(req: SimRequest, state: IonState): SimResponse | Promise<SimResponse> {
  settle(state);
  for (const { method, pattern, handler } of routes) {
    if (method !== req.method) continue;
    const found = pattern.exec(req.path);
    if (found) return handler(req, state, { ...found.groups });
  }
  return missing(state, req.path);
}

/** The numeric `id` of the list, never the provider's GUID. */
function getSubscription(_: SimRequest, state: IonState, { customer, id }: Params): SimResponse {
  const row = state.subscriptionById.get(id!);
  const path = `accounts/${state.settings.accountId}/customers/${customer}/subscriptions/${id}`;
  return row && row.customerId === customer
    ? { status: 200, body: subscriptionDetail(state, row) }
    : missing(state, path);
}

function v3(handler: Handler): Handler {
  return (req, state, params) => {
    const { accountId, deadTokenStatus } = state.settings;
    if (!liveAccess(state.tokens, bearer(req) ?? '', state.clock())) {
      const word = deadTokenStatus === 401 ? 'UNAUTHENTICATED' : 'PERMISSION_DENIED';
      return fail(state, deadTokenStatus, word, 'missing or expired session');
    }
    if (params.account !== accountId)
      return fail(state, 403, 'PERMISSION_DENIED', `permission denied to access accounts/${params.account}`);
    return handler(req, state, params);
  };
}

function v1(handler: Handler): Handler {
  return (req, state, params) => {
    const { apiKey, apiSecret } = state.settings;
    const wanted = `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`;
    return req.headers.authorization === wanted
      ? handler(req, state, params)
      : { status: 401, body: { success: false, message: 'Unauthorized' } };
  };
}
