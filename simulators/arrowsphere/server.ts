import { type SimRequest, type SimResponse, type Simulator, startSimulator } from '../harness.ts';
import { body, type Handler, ok, problem } from './answers.ts';
import { history, moveLicence, patchLicence, putFriendlyName, putSeats, settle } from './changes.ts';
import { controls } from './controls.ts';
import {
  createCustomer,
  customerAnswer,
  deleteCustomer,
  listCustomers,
  onCustomer,
  reactivateCustomer,
  updateCustomer,
} from './customers.ts';
import { customerLicences, find, licenceAnswer, listLicences, onLicence } from './licences.ts';
import { createOrder, customerOrders, getOrder, listEnrolments } from './orders.ts';
import { type ArrowSphereOptions, type ArrowSphereState, createState } from './state.ts';
import { getStatement, listLines, listStatements } from './statements.ts';

/** An ArrowSphere account on loopback. Clients use `${url}/index.php/api` as their base URL. */
export function startArrowSphere(options: ArrowSphereOptions = {}): Promise<Simulator<ArrowSphereState>> {
  return startSimulator({ state: createState(options), handle, reads, controls }, options);
}

/** Licences are searched by POST. */
const reads = ({ method, path }: SimRequest) => method === 'GET' || path.endsWith('/licenses/v2/find');

function handle(req: SimRequest, state: ArrowSphereState): SimResponse {
  if (!req.path.startsWith(base))
    return { status: 404, body: '<html>Not Found</html>', headers: { 'content-type': 'text/html' } };
  if (req.headers.apikey !== state.apiKey)
    return problem(state.badKeyStatus, 'Unauthorized', 'AUTH_INVALID_KEY');
  if (req.text && !/^application\/json\b/.test(req.headers['content-type'] ?? ''))
    return problem(400, 'Content-Type must be application/json', 'BAD_CONTENT_TYPE');
  if (body(req) === undefined) return problem(400, 'The body is not a JSON object', 'BAD_JSON');
  settle(state);
  const path = req.path.slice(base.length);
  for (const [method, pattern, handler] of routes) {
    const match = method === req.method && pattern.exec(path);
    if (match) return handler(state, req, match[1] ?? '');
  }
  return problem(404, 'Not Found', 'ROUTE_NOT_FOUND');
}

const base = '/index.php/api';
const routes: [method: string, path: RegExp, handler: Handler][] = [
  ['GET', /^\/whoami$/, whoami],
  ['GET', /^\/customers$/, listCustomers],
  ['POST', /^\/customers$/, createCustomer],
  ['GET', /^\/customers\/([^/]+)$/, onCustomer((state, _, customer) => customerAnswer(state, customer))],
  ['PATCH', /^\/customers\/([^/]+)$/, onCustomer(updateCustomer)],
  ['DELETE', /^\/customers\/([^/]+)$/, onCustomer(deleteCustomer)],
  ['PUT', /^\/customers\/([^/]+)$/, onCustomer(reactivateCustomer)],
  ['GET', /^(?:\/v2)?\/customers\/([^/]+)\/licenses$/, onCustomer(customerLicences)],
  ['GET', /^\/v2\/licenses$/, listLicences],
  ['POST', /^\/licenses\/v2\/find$/, find],
  ['GET', /^\/licenses\/([^/]+)$/, onLicence((state, _, licence) => licenceAnswer(state, licence))],
  ['PATCH', /^\/licenses\/([^/]+)$/, onLicence(patchLicence)],
  ['PUT', /^\/licenses\/([^/]+)\/seats$/, onLicence(putSeats)],
  ['PUT', /^\/licenses\/([^/]+)\/friendlyName$/, onLicence(putFriendlyName)],
  ['PUT', /^\/licenses\/([^/]+)\/suspend$/, moveLicence('suspend', { state: 'suspended' })],
  ['PUT', /^\/licenses\/([^/]+)\/reactivate$/, moveLicence('reactivate', { state: 'active' })],
  ['PUT', /^\/licenses\/([^/]+)\/cancel$/, moveLicence('cancel', { state: 'cancelled' })],
  ['PUT', /^\/licenses\/([^/]+)\/autorenew\/cancel$/, moveLicence('autorenew', { renewal: 'cancel' })],
  [
    'PUT',
    /^\/licenses\/([^/]+)\/autorenew\/reactivate$/,
    moveLicence('autorenew', { renewal: 'auto_renew' }),
  ],
  [
    'PUT',
    /^\/licenses\/([^/]+)\/autorenew\/est$/,
    moveLicence('autorenew', { renewal: 'auto_renew_to_est' }),
  ],
  ['GET', /^\/licenses\/([^/]+)\/history$/, onLicence(history)],
  ['POST', /^\/orders$/, createOrder],
  ['GET', /^\/orders\/([^/]+)$/, getOrder],
  ['GET', /^\/customers\/([^/]+)\/orders$/, onCustomer(customerOrders)],
  ['GET', /^\/subscriptions$/, listEnrolments],
  ['GET', /^\/billing\/statements$/, listStatements],
  ['GET', /^\/billing\/statements\/([^/]+)$/, getStatement],
  ['GET', /^\/billing\/statements\/([^/]+)\/lines$/, listLines],
];

function whoami(state: ArrowSphereState): SimResponse {
  return ok({
    companyName: state.companyName,
    addressLine1: '1 Harbour Way',
    addressLine2: '',
    zip: '80112',
    city: 'Centennial',
    countryCode: 'US',
    state: 'CO',
    receptionPhone: '555 0100',
    websiteUrl: '',
    emailContact: 'office@northbridge.example',
    headcount: 0,
    taxNumber: '',
    reference: state.reference,
    ref: state.reference.slice(3),
    billingId: '1012662|100123456',
    internalReference: '',
    preferredCurrency: state.currency,
    user: {
      ...{ login: 'api@northbridge.example', firstName: 'Api', lastName: 'User' },
      ...{ email: 'api@northbridge.example', role: 'MSP Plus', code: 'ext_msp_p' },
    },
  });
}
