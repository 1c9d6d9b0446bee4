import type { SimRequest, SimResponse } from '../harness.ts';
import { customerRecord, subscriptionRecord } from './records.ts';
import { fail } from './replies.ts';
import {
  type CustomerRow,
  type IonState,
  removeCustomer,
  removeSubscription,
  type SubscriptionRow,
  type Wire,
} from './state.ts';

const subscriptionStatuses = new Set(
  'ACCEPTED ACTIVE AVAILABLE CANCELLED COMPLETE CONFIRMED DELETED DISABLED ENABLED ERROR EXPIRED FAILED INITIATED IN_PROGRESS PAUSED PENDING RUNNING STOPPED SUSPENDED'.split(
    ' ',
  ),
);
const customerStatuses = new Set(['CUSTOMER_STATUS_UNSPECIFIED', 'ACTIVE', 'INACTIVE']);

/** Query name → record key. Ranges and account names are accepted and ignored. */
const subscriptionFilters: Record<string, string> = {
  customerId: 'customerId',
  subscriptionId: 'subscriptionId',
  resellerId: 'resellerId',
  providerId: 'cloudProviderId',
  subscriptionStatus: 'subscriptionStatus',
  billingTerm: 'subscriptionBillingTerm',
  billingCycle: 'subscriptionBillingCycle',
  totalLicense: 'subscriptionTotalLicenses',
  ccpProductId: 'ccpProductId',
  providerProductId: 'subscriptionProductId',
  customerPo: 'customerPO',
  resellerPo: 'resellerPO',
  customerName: 'customerName',
  subscriptionName: 'subscriptionName',
  resourceType: 'resourceType',
};
const customerFilters: Record<string, string> = {
  'filter.customerEmail': 'customerEmail',
  'filter.customerName': 'customerName',
  'filter.customerStatus': 'customerStatus',
  'filter.languageCode': 'languageCode',
};
const sortable = new Set(['id', 'subscriptionName', 'customerName', 'lastUpdatedDate', 'subscriptionStatus']);

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The gateway reads camelCase and snake_case alike. */
export function param(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) ?? query.get(snake(name)) ?? undefined;
}

export function listCustomers({ query }: SimRequest, state: IonState): SimResponse {
  const { settings } = state;
  const status = param(query, 'filter.customerStatus');
  if (status !== undefined && !customerStatuses.has(status))
    return fail(state, 400, 'INVALID_ARGUMENT', `invalid value for enum field customer_status: "${status}"`);
  if (param(query, 'pageToken'))
    shrink(state, (n) => state.customers.slice(0, n).forEach((row) => void removeCustomer(state, row)));
  const wanted = filtersIn(query, customerFilters);
  const rows = settings.emptyListings
    ? []
    : (remembered(state, 'customers', wanted, () =>
        state.customers.filter((row) => matches(customerRecord(state, row), wanted)),
      ) ?? state.customers);
  const render = (row: CustomerRow) => customerRecord(state, row);
  return tokenPage(query, state, 'customers', rows, render, JSON.stringify(wanted));
}

/** `pageSize` and `pageToken`, as customers, orders and products page. The token is bound to its filters. */
export function tokenPage<Row>(
  query: URLSearchParams,
  state: IonState,
  key: string,
  rows: Row[],
  render: (row: Row) => unknown,
  filters = '',
): SimResponse {
  const { settings } = state;
  const size = param(query, 'pageSize');
  const token = param(query, 'pageToken');
  if (!size && !token)
    return fail(state, 400, 'INVALID_REQUEST', 'At least one of page_size and page_token must be present');
  const from = token ? readToken(token) : { at: 0, page: 0, size: 0, filters };
  const asked = size ? Number(size) : from?.size;
  if (!from || from.filters !== filters || !Number.isInteger(asked) || asked! < 1)
    return fail(state, 400, 'INVALID_ARGUMENT', 'page_size or page_token is not valid');
  let take = Math.min(asked!, settings.maxPageSize);
  if (settings.shortPages) take = Math.max(1, Math.ceil(take / 2));
  if (settings.emptyPages && from.page % 2 === 1) take = 0;
  const end = from.at + take;
  const more = end < rows.length;
  const next = { at: end, page: from.page + 1, size: asked!, filters };
  const page = rows.slice(from.at, end).map(render);
  return {
    status: 200,
    // Empty lists and tokens are default values, and default values are left out on this wire.
    body: { ...(page.length && { [key]: page }), ...(more && { nextPageToken: writeToken(next) }) },
  };
}

export function listSubscriptions({ query }: SimRequest, state: IonState): SimResponse {
  const { settings } = state;
  const status = param(query, 'subscriptionStatus');
  if (status !== undefined && !subscriptionStatuses.has(status))
    return fail(
      state,
      400,
      'INVALID_ARGUMENT',
      `invalid value for enum field subscription_status: "${status}"`,
    );
  const limit = Number(param(query, 'pagination.limit') ?? 100);
  const offset = Number(param(query, 'pagination.offset') ?? 0);
  if (!Number.isInteger(limit) || !Number.isInteger(offset) || limit < 0 || offset < 0)
    return fail(
      state,
      400,
      'INVALID_ARGUMENT',
      'pagination.limit and pagination.offset must be whole numbers',
    );
  if (offset > 0)
    shrink(state, (n) =>
      state.subscriptions.slice(0, n).forEach((row) => void removeSubscription(state, row)),
    );
  const rows = settings.emptyListings ? [] : subscriptionRows(query, state);
  const page = rows.slice(offset, offset + Math.min(limit || 100, settings.maxPageSize));
  const items = page.map((row) => subscriptionRecord(state, row));
  const totalSize = Math.max(0, rows.length + settings.totalSizeOffset);
  return { status: 200, body: { ...(items.length && { items }), paginationResponse: { totalSize } } };
}

function subscriptionRows(query: URLSearchParams, state: IonState): SubscriptionRow[] {
  const { customerId, ...wanted } = filtersIn(query, subscriptionFilters);
  const base = customerId === undefined ? state.subscriptions : (state.subscriptionsOf.get(customerId) ?? []);
  const by = param(query, 'pagination.sortBy') ?? 'id';
  const down = param(query, 'pagination.sortOrder')?.toUpperCase() === 'DESC';
  const natural = (by === 'id' || !sortable.has(by)) && !down;
  if (natural && !Object.keys(wanted).length) return base;
  const key = { ...wanted, customerId: customerId ?? '', by, down: String(down) };
  return remembered(state, 'subscriptions', key, () => {
    const found = base.filter((row) => matches(subscriptionRecord(state, row), wanted));
    if (by !== 'id' && sortable.has(by)) {
      const keys = new Map(found.map((row) => [row, String(subscriptionRecord(state, row)[by])]));
      found.sort((a, b) => (keys.get(a)! < keys.get(b)! ? -1 : 1));
    }
    return down ? found.reverse() : found;
  })!;
}

function filtersIn(query: URLSearchParams, names: Record<string, string>): Record<string, string> {
  const wanted: Record<string, string> = {};
  for (const [name, key] of Object.entries(names)) {
    const value = param(query, name);
    if (value) wanted[key] = value;
  }
  return wanted;
}

/** Filters are upper case where answers are lower case, so letters' case never counts. */
function matches(record: Wire, wanted: Record<string, string>): boolean {
  for (const key in wanted)
    if (String(record[key] ?? '').toUpperCase() !== wanted[key]!.toUpperCase()) return false;
  return true;
}

function remembered<Row>(
  state: IonState,
  kind: string,
  wanted: Record<string, string>,
  make: () => Row[],
): Row[] | undefined {
  if (!Object.keys(wanted).length) return undefined;
  const key = `${kind}${JSON.stringify(wanted)}`;
  const found = state.memo.get(key) as Row[] | undefined;
  if (found) return found;
  if (state.memo.size > 20) state.memo.clear();
  const made = make();
  state.memo.set(key, made);
  return made;
}

function shrink(state: IonState, remove: (rows: number) => void): void {
  const { settings } = state;
  if (!settings.shrinkRows || settings.shrinkTimes === 0) return;
  settings.shrinkTimes--;
  remove(settings.shrinkRows);
}

interface PageToken {
  at: number;
  page: number;
  size: number;
  filters: string;
}
const writeToken = (token: PageToken) => Buffer.from(JSON.stringify(token)).toString('base64url');
function readToken(text: string): PageToken | undefined {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
