import { type SimRequest, type SimResponse, type Simulator, startSimulator } from '../harness.ts';
import {
  changeSubscription,
  createSubscriptions,
  getOperation,
  parse,
  renewalOptions,
  settle,
} from './changes.ts';
import { controls } from './controls.ts';
import { invoiceReport, listInvoices } from './invoices.ts';
import { listAllSubscriptions, listCustomerSubscriptions, listCustomers } from './listings.ts';
import { isAuthorised, token } from './oauth.ts';
import { customerRecord, subscriptionRecord } from './records.ts';
import { fail, noResource, single } from './replies.ts';
import { addCustomer, createState, type Permission, type StellrOptions, type StellrState } from './state.ts';

export type { StellrOptions, StellrState } from './state.ts';

type Params = Record<string, string>;
type Handler = (req: SimRequest, state: StellrState, params: Params) => SimResponse | Promise<SimResponse>;

/** Customers live under `cloud`, their subscriptions do not. */
const customers = '/api/v1/cloud/customers';
const subscriptions = '/api/v1/customers/:customer/subscriptions';
const routes = (
  [
    ['POST', '/oauth2/v1/token', token],
    ['GET', customers, needs('List Customers', listCustomers)],
    ['POST', customers, needs(undefined, createCustomer)],
    ['GET', `${customers}/:customer`, needs('Get Customer Details', getCustomer)],
    ['GET', subscriptions, needs("List Customers' Subscriptions", listCustomerSubscriptions)],
    ['GET', `${subscriptions}/:id`, needs('Get Subscription Details', getSubscription)],
    ['GET', '/api/v1/subscriptions', needs("List Reseller's Subscriptions", listAllSubscriptions)],
    ['POST', subscriptions, needs(undefined, createSubscriptions)],
    ['POST', `${subscriptions}/:id/changeSeats`, needs(undefined, changeSubscription('changeSeats'))],
    ['POST', `${subscriptions}/:id/cancel`, needs(undefined, changeSubscription('cancel'))],
    ['POST', `${subscriptions}/:id/suspend`, needs(undefined, changeSubscription('suspend'))],
    ['POST', `${subscriptions}/:id/activate`, needs(undefined, changeSubscription('activate'))],
    ['POST', `${subscriptions}/:id/reactive`, needs(undefined, changeSubscription('reactive'))],
    ['GET', `${subscriptions}/:id/renew/options`, needs(undefined, renewalOptions)],
    ['PUT', `${subscriptions}/:id/renew/setting`, needs(undefined, changeSubscription('renew'))],
    ['GET', '/api/v1/subscriptions/operations/:operation', needs(undefined, getOperation)],
    ['GET', '/api/v1/cloud/invoices', needs(undefined, listInvoices)],
    ['GET', '/api/v1/cloud/invoice/report', needs(undefined, invoiceReport)],
  ] satisfies [string, string, Handler][]
).map(([method, path, handler]) => ({
  method,
  handler: handler as Handler,
  pattern: new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
}));

export function startStreamOneStellr(options: StellrOptions = {}): Promise<Simulator<StellrState>> {
  const { port, latencyMs } = options;
  return startSimulator({ state: createState(options), handle, controls }, { port, latencyMs });
}

function handle(req: SimRequest, state: StellrState): SimResponse | Promise<SimResponse> {
  settle(state);
  for (const { method, pattern, handler } of routes) {
    if (method !== req.method) continue;
    const found = pattern.exec(req.path);
    if (found) return handler(req, state, { ...found.groups });
  }
  return noResource(req.path);
}

/** A missing permission is answered with 403, which does not name it. */
function needs(permission: Permission | undefined, handler: Handler): Handler {
  return (req, state, params) => {
    if (!isAuthorised(req, state)) return fail(401, 'UNAUTHORIZED', 'Access token is missing or expired');
    if (permission && !state.settings.permissions.includes(permission))
      return fail(403, 'FORBIDDEN', 'Access denied');
    return handler(req, state, params);
  };
}

function getCustomer(_: SimRequest, state: StellrState, { customer }: Params): SimResponse {
  const row = state.customerByNo.get(customer!);
  return row
    ? single(customerRecord(state, row))
    : fail(404, 'CUSTOMER_NOT_FOUND', `Customer ${customer} was not found`);
}

function getSubscription(_: SimRequest, state: StellrState, { customer, id }: Params): SimResponse {
  const row = state.subscriptionById.get(id!);
  return row && row.customerNo === customer
    ? single(subscriptionRecord(state, row))
    : fail(404, 'SUBSCRIPTION_NOT_FOUND', `Subscription ${id} was not found`);
}

/** The body is not publicly known; the name is all that is asked for. */
function createCustomer(req: SimRequest, state: StellrState): SimResponse {
  const body = parse(req.text);
  if (!body?.companyName) return fail(400, 'INVALID_REQUEST', 'companyName is required');
  const { companyName, ...own } = body;
  const row = addCustomer(state, { name: companyName, status: 'Active', ...own });
  return single({ customerNo: customerRecord(state, row).customerNo });
}
