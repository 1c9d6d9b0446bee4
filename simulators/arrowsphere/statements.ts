import { createHash } from 'node:crypto';
import { type Billed, type Charge, chargesOf, isPeriod, periodsOf, publicationOf, sum } from '../charges.ts';
import type { SimRequest, SimResponse } from '../harness.ts';
import { type Handler, problem } from './answers.ts';
import { prices } from './records.ts';
import { type ArrowSphereState, type Customer, findCustomer, findLicence, type Licence } from './state.ts';

/** Billing statements: one a customer and month, and one of its own for a credit. A fourth dialect. */
type State = ArrowSphereState;

interface Statement {
  reference: string;
  period: string;
  customer: Customer;
  credit: boolean;
  lines: Charge[];
}

const states = { open: 'Open', final: 'Fulfilled', rejected: 'Rejected' } as const;

export const listStatements: Handler = (state, req) => {
  if (!state.charges.offered) return problem(403, 'Access to billing is not granted', 'FORBIDDEN');
  const asked = ['reportPeriod', 'reportPeriod[]'].flatMap((name) => req.query.getAll(name));
  if (!asked.every(isPeriod)) return problem(400, 'Bad value for reportPeriod.', 'BAD_VALUE');
  const known = periodsOf(state.charges, state.clock());
  const wanted = known.filter((period) => asked.length === 0 || asked.includes(period));
  const customer = req.query.get('customerXspRef');
  const statements = wanted
    .flatMap((period) => statementsOf(state, period))
    .filter((one) => !customer || one.customer.ref === customer);
  return page(req, 'billingStatements', statements, (one) => header(state, one));
};

export const getStatement: Handler = (state, _, reference) =>
  withStatement(state, reference, (one) => ({
    status: 200,
    body: { ...said, data: { billingStatement: header(state, one) } },
  }));

export const listLines: Handler = (state, req, reference) =>
  withStatement(state, reference, (one) => {
    const lines = state.charges.gaps.has(one.period) ? one.lines.slice(0, -1) : one.lines;
    return page(req, 'billingStatementLines', lines, (charge) => lineRecord(state, charge));
  });

function withStatement(state: State, reference: string, act: (one: Statement) => SimResponse): SimResponse {
  if (!state.charges.offered) return problem(403, 'Access to billing is not granted', 'FORBIDDEN');
  const [, ref = '', period = ''] = /^H[12]-(XSP\d+)-(\d{6})/.exec(reference) ?? [];
  const month = period && `${period.slice(0, 4)}-${period.slice(4)}`;
  const customer = findCustomer(state, ref);
  const found =
    customer &&
    isPeriod(month) &&
    statementsOf(state, month, customer).find((one) => one.reference === reference);
  return found ? act(found) : problem(404, `Statement ${reference} not found`, 'NOT_FOUND');
}

function statementsOf(state: State, period: string, only?: Customer): Statement[] {
  if (publicationOf(state.charges, period, state.clock()) === 'none') return [];
  const held = grouped(only ? state.licences.filter(({ customer }) => customer === only) : state.licences);
  const customers = only ? [only] : state.customers;
  return customers.flatMap((customer) => {
    const charges = chargesOf(state.charges, period, (held.get(customer) ?? []).map(billed));
    const parts = [
      charges.filter(({ kind }) => kind !== 'credit'),
      charges.filter(({ kind }) => kind === 'credit'),
    ];
    return parts.flatMap((lines, at): Statement[] => {
      const reference = `H${at + 1}-${customer.ref}-${period.replace('-', '')}`;
      return lines.length ? [{ reference, period, customer, credit: at === 1, lines }] : [];
    });
  });
}

function grouped(licences: Licence[]): Map<Customer, Licence[]> {
  const held = new Map<Customer, Licence[]>();
  for (const one of licences) {
    const list = held.get(one.customer);
    if (list) list.push(one);
    else held.set(one.customer, [one]);
  }
  return held;
}

function billed(licence: Licence): Billed {
  const { buy, sell } = prices(licence);
  return {
    id: `XSP${licence.id}`,
    index: licence.id % 10_000_000,
    customer: licence.customer.ref,
    customerIndex: licence.customer.index,
    quantity: licence.seats,
    cost: licence.trial ? 0 : buy,
    price: licence.trial ? 0 : sell,
    cycle: licence.cycle,
    startedAt: licence.startedAt,
    live: licence.state === 'active' || licence.state === 'suspended',
  };
}

function header(state: State, { reference, period, customer, credit, lines }: Statement) {
  const publication = publicationOf(state.charges, period, state.clock());
  const issued = publication === 'final';
  const name = String(customer.patch?.CompanyName ?? customer.company.name);
  const status = {
    creationDate: `${period}-28`,
    submissionDate: issued ? `${period}-28` : null,
    validationDate: issued ? `${period}-28` : null,
    rejectionDate: publication === 'rejected' ? `${period}-28` : null,
    state: states[publication as keyof typeof states],
  };
  return {
    reference,
    sequence: issued ? `MSM${period.slice(2, 4)}-${digits(reference)}` : null,
    billingGroup: 'ArrowBilling',
    billingStrategy: null,
    vendorName: 'microsoft',
    programCode: credit ? null : 'MSCSP',
    classification: 'saas',
    reportPeriod: period,
    marketplace: state.marketplace,
    issueDate: issued ? `${period}-28 13:37:00` : null,
    from: { reference: state.reference, name: state.companyName },
    to: { reference: customer.ref, name },
    currency: state.currency,
    prices: {
      listTotal: sum(lines.map(({ price }) => price)),
      buyTotal: sum(lines.map(({ cost }) => cost)),
      sellTotal: sum(lines.map(({ price }) => price)),
    },
    description: credit ? 'Credit note' : 'Monthly',
    // Half of what is final says nothing of its status, as in the wild.
    status: issued && customer.index % 2 ? null : status,
  };
}

function lineRecord(state: State, charge: Charge) {
  const licence = findLicence(state, charge.subscription);
  const at = (day: string) => `${day} 00:00:00`;
  return {
    reference: `L1-${digest(charge.key)}`,
    vendorEndCustomerSubscriptionId: licence
      ? `7e2d0b1d-0000-4000-8000-${String(licence.id).padStart(12, '0')}`
      : null,
    vendorName: licence?.product.vendor ?? null,
    programCode: licence ? 'MSCSP' : null,
    classification: licence ? 'SAAS' : null,
    vendorProductName: licence?.product.name ?? null,
    vendorSku: licence?.product.sku ?? null,
    arrowSku: licence ? `MSCSP_${licence.product.sku.replace(':', '-')}` : 'ARROW-SERVICE',
    offerName: licence?.product.name ?? (charge.note || null),
    subscriptionFriendlyName: licence?.friendlyName || null,
    arsSubscriptionId: charge.subscription,
    orderId: licence ? `XSPO${licence.id}` : null,
    resellerOrderId: null,
    subscriptionStartDate: licence ? at(new Date(licence.startedAt).toISOString().slice(0, 10)) : null,
    subscriptionEndDate: null,
    billingPeriodicity: licence ? (licence.cycle === 'annual' ? 'Yearly' : 'Monthly') : null,
    billingPeriodStart: at(charge.from),
    billingPeriodEnd: at(charge.to),
    usageStartDate: at(charge.from),
    usageEndDate: at(charge.to),
    rates: { sellRate: null, sellRateType: null },
    quantity: charge.kind === 'fee' ? null : charge.quantity,
    currency: state.currency,
    prices: {
      ...(charge.kind !== 'fee' && { buyUnit: charge.unitCost, sellUnit: charge.unitPrice }),
      ...{ listTotal: charge.price, buyTotal: charge.cost, sellTotal: charge.price },
    },
    description: charge.note || null,
  };
}

const said = { code: 0, message: 'success' };

function page<T>({ query }: SimRequest, key: string, all: T[], render: (one: T) => object): SimResponse {
  const perPage = Math.min(Number(query.get('perPage')) || 100, 1000);
  const current = Number(query.get('page')) || 1;
  const totalPages = Math.max(1, Math.ceil(all.length / perPage));
  const items = all.slice((current - 1) * perPage, current * perPage).map(render);
  const link = (to: number) => `/billing/statements?page=${to}&perPage=${perPage}`;
  const pagination = {
    ...{ total: all.length, perPage, currentPage: current, totalPages },
    prevUrl: current > 1 ? link(current - 1) : null,
    nextUrl: current < totalPages ? link(current + 1) : null,
  };
  return { status: 200, body: { ...said, data: { [key]: items }, pagination } };
}

const digest = (text: string) => createHash('md5').update(text).digest('hex');
const digits = (text: string) =>
  (Number.parseInt(digest(text).slice(0, 12), 16) % 1e9).toString().padStart(9, '0');
