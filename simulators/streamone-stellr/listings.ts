import type { SimRequest, SimResponse } from '../harness.ts';
import { customerRecord, subscriptionRecord } from './records.ts';
import { businessFailure, fail, list } from './replies.ts';
import type { Failing, StellrState, Wire } from './state.ts';

type Params = Record<string, string>;

export const listCustomers = (req: SimRequest, state: StellrState): SimResponse =>
  page(req, state, state.customers, (row) => customerRecord(state, row));

export const listAllSubscriptions = (req: SimRequest, state: StellrState): SimResponse =>
  page(req, state, state.subscriptions, (row) => subscriptionRecord(state, row));

const failures: Record<Failing, (state: StellrState, customerNo: string) => SimResponse> = {
  business: (state, customerNo) =>
    businessFailure(state, `Subscriptions of ${customerNo} cannot be read now`),
  '500': () => fail(500, 'INTERNAL_ERROR', 'Internal Server Error'),
  '403': () => fail(403, 'FORBIDDEN', 'Access denied'),
};

export function listCustomerSubscriptions(
  req: SimRequest,
  state: StellrState,
  { customer }: Params,
): SimResponse {
  const row = state.customerByNo.get(customer!);
  if (row?.failing) return failures[row.failing](state, row.customerNo);
  const rows = state.subscriptionsOf.get(customer!);
  if (!row || !rows) return fail(404, 'CUSTOMER_NOT_FOUND', `Customer ${customer} was not found`);
  return page(req, state, rows, (held) => subscriptionRecord(state, held));
}

/** `pageNo` from 1 and `pageSize`; without either, or for another reseller, no records and no complaint. */
export function page<Row>(
  { query }: SimRequest,
  state: StellrState,
  rows: Row[],
  render: (row: Row) => Wire,
  declared = rows.length,
): SimResponse {
  const { settings } = state;
  const no = Number(query.get('pageNo'));
  const asked = Number(query.get('pageSize'));
  const reseller = query.get('resellerNo');
  const elsewhere = reseller !== null && reseller !== settings.resellerNo;
  if (!isCount(no) || !isCount(asked) || settings.emptyListings || elsewhere) return list(state, 0, []);
  const size = Math.min(asked, settings.maxPageSize);
  const records = rows.slice((no - 1) * size, no * size).map(render);
  return list(state, Math.max(0, declared + settings.totalOffset), records);
}

const isCount = (n: number) => Number.isInteger(n) && n > 0;
