import type { SimRequest, SimResponse } from '../harness.ts';
import { halfway, type Order, placeOrder } from '../orders.ts';
import { badValue, body, type CustomerHandler, type Handler, ok, problem } from './answers.ts';
import { priceBandSku } from './records.ts';
import {
  type ArrowSphereState,
  addLicence,
  findCustomer,
  type Licence,
  type LicenceChange,
  type OrderedLicence,
} from './state.ts';

type State = ArrowSphereState;
type Placed = Order<LicenceChange>;

/** New licences: an order for a customer, of products of the catalogue; here, of what somebody in the account has. */
export function createOrder(state: State, req: SimRequest): SimResponse {
  const { customer, products } = body(req)! as Wire;
  const { reference, ponumber, poNumber } = (customer ?? {}) as Wire;
  const buyer = findCustomer(state, reference);
  if (!buyer || buyer.deletedAt) return badValue('customer.reference');
  if (!Array.isArray(products) || products.length === 0) return badValue('products');
  const items: OrderedLicence[] = [];
  for (const { arrowSpherePriceBandSku: sku, quantity, subscription, autoRenew } of products as Wire[]) {
    if (!likeOf(state, sku)) return badValue('arrowSpherePriceBandSku');
    const { minSeats, maxSeats } = state.rules;
    if (!Number.isInteger(quantity) || Number(quantity) < minSeats || Number(quantity) > maxSeats)
      return badValue('quantity');
    if ((subscription as Wire | undefined)?.reference !== enrolmentOf(state))
      return badValue('subscription.reference');
    items.push({ sku: String(sku), quantity: Number(quantity), autoRenew: autoRenew !== false });
  }
  const change = { action: 'order', set: {}, before: {}, order: { customer: buyer.ref, items } };
  const order = placeOrder(
    state.orders,
    { target: buyer.ref, reference: String(ponumber ?? poNumber ?? ''), change },
    state.clock(),
  );
  const made = referenceOf(order);
  return { status: 201, body: { status: 201, data: { reference: made, link: `/api/orders/${made}` } } };
}

type Wire = Record<string, unknown>;

/** Makes the licences of an order, all or half of each. */
export function fulfil(state: State, { order }: LicenceChange, share: 1 | 0.5): string | undefined {
  for (const item of order!.items) {
    const like = likeOf(state, item.sku);
    const customer = findCustomer(state, order!.customer);
    if (!like || !customer) return 'The product or the customer is gone.';
    const { product, cycle, term } = like;
    const seats = halfway(0, item.quantity, share);
    const renewal = item.autoRenew ? 'auto_renew' : 'cancel';
    item.licence = `XSP${addLicence(state, { customer, product, cycle, term, seats, renewal }).id}`;
  }
  return undefined;
}

export const getOrder: Handler = (state, _, reference) => {
  const order = placed(state).find((one) => referenceOf(one) === reference);
  return order
    ? ok({ orders: [orderRecord(state, order)] })
    : problem(404, `Order ${reference} not found`, 'NOT_FOUND');
};

export const customerOrders: CustomerHandler = (state, _, customer) =>
  ok({
    orders: placed(state)
      .filter(({ target }) => target === customer.ref)
      .map((order) => orderRecord(state, order)),
  });

/** The reseller's enrolment in the one program there is: a bare list, without pages. */
export const listEnrolments: Handler = (state) =>
  ok([
    {
      reference: 'XSPS100',
      name: 'OTHER',
      status: 'In Progress',
      dateDemand: '2020-01-01T00:00:00Z',
      dateEnd: null,
    },
    {
      reference: enrolmentOf(state),
      name: 'MSCSP',
      status: 'Validated',
      dateDemand: '2020-01-01T00:00:00Z',
      dateEnd: null,
    },
  ]);

const enrolmentOf = ({ reference }: State) => `XSPS${reference.slice(3)}`;
const placed = ({ orders }: State) => orders.orders.filter(({ change }) => change.order);
const referenceOf = ({ number }: Placed) => `XSPO${2_000_000 + number}`;

const likeOf = (state: State, sku: unknown): Licence | undefined =>
  state.licences.find((one) => priceBandSku(state, one) === sku);

const words = {
  open: ['In progress', 'In progress'],
  held: ['Needs Validation', 'Pending'],
  done: ['Fulfilled', 'Provisioned'],
  partly: ['Fulfilled', 'Provisioned'],
  failed: ['Not Accepted', 'External Error'],
  cancelled: ['Canceled', 'Open'],
} as const;

function orderRecord(state: State, order: Placed) {
  const { change, state: at, reference, placedAt } = order;
  const [status, ofProduct] = words[at];
  const made = referenceOf(order);
  return {
    reference: made,
    status,
    dateStatus: stamp(placedAt),
    dateCreation: stamp(placedAt),
    order_reference: made,
    partner: { companyName: state.companyName },
    customer: { reference: change.order!.customer, link: `/api/customers/${change.order!.customer}` },
    ponumber: reference,
    products: change.order!.items.map(({ sku, quantity, licence }) => ({
      sku,
      quantity,
      status: ofProduct,
      dateStatus: stamp(placedAt),
      detailedStatus: '',
      subscription: { reference: enrolmentOf(state), link: `/api/subscriptions/${enrolmentOf(state)}` },
      license: licence
        ? { reference: licence, link: `/api/licenses/${licence}` }
        : { reference: null, link: null },
    })),
  };
}

/** Orders carry times without a zone. */
const stamp = (at: number) => new Date(at).toISOString().slice(0, 19).replace('T', ' ');
