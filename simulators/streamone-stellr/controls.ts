import { randomBytes } from 'node:crypto';
import { chargeControls } from '../charges.ts';
import { orderControls } from '../orders.ts';
import { customerRecord, subscriptionRecord } from './records.ts';
import {
  addCustomer,
  addSubscription,
  type Broken,
  type CustomerRow,
  type Failing,
  listOf,
  removeCustomer,
  removeSubscription,
  type StellrState,
  type SubscriptionRow,
  type Wire,
} from './state.ts';
import { revoke, tokenReport } from './tokens.ts';

/** `POST /__control/do/<name>`. What names no record is 400 `{error}` and changes nothing. */
export const controls: Record<string, (state: StellrState, body: Wire) => unknown> = {
  setSubscription: (state, { id, patch }) =>
    withSubscription(state, id, (row) => void Object.assign(row.own, patch)),
  addSubscription: (state, { customerNo, ...own }) =>
    subscriptionRecord(state, addSubscription(state, String(customerNo), own)),
  removeSubscription: (state, { id }) => withSubscription(state, id, (row) => removeSubscription(state, row)),
  breakSubscription: (state, { id, mode }) =>
    withSubscription(state, id, (row) => {
      row.broken = off(mode) as Broken;
    }),
  setCustomer: (state, { customerNo, patch }) =>
    withCustomer(state, customerNo, (row) => void Object.assign(row.own, patch)),
  addCustomer: (state, own) => {
    const base = { name: `New Customer ${state.nextCustomer}`, country: 'US', status: 'Active' };
    return customerRecord(state, addCustomer(state, { ...base, ...own }));
  },
  /** Its subscriptions go with it unless `keepSubscriptions`. */
  removeCustomer: (state, { customerNo, keepSubscriptions }) =>
    withCustomer(state, customerNo, (row) => {
      if (!keepSubscriptions)
        for (const held of [...listOf(state, row.customerNo)]) removeSubscription(state, held);
      removeCustomer(state, row);
    }),
  breakCustomer: (state, { customerNo, mode }) =>
    withCustomer(state, customerNo, (row) => {
      row.broken = off(mode) as Broken;
    }),
  /** Listing this customer's subscriptions fails: `business` is HTTP 200 with an error message in it. */
  failCustomer: (state, { customerNo, mode }) =>
    withCustomer(state, customerNo, (row) => {
      row.failing = off(mode) as Failing;
    }),
  setOption: (state, body) => set(state, body),
  totalOffset: (state, { n }) => set(state, { totalOffset: n }),
  emptyListings: (state, { on = true }) => set(state, { emptyListings: on }),
  ...orderControls<StellrState>(),
  ...chargeControls<StellrState>(),
  setRenewalPrice: ({ renewalPrices }, { skuNo, unitPrice, customerPrice = unitPrice }) =>
    void renewalPrices.set(String(skuNo), {
      unitPrice: Number(unitPrice),
      customerPrice: Number(customerPrice),
    }),
  tokens: (state) => tokenReport(state.tokens, state.clock()),
  /** Invalidates every access token; new ones are granted as before. */
  revokeTokens: (state) => {
    revoke(state.tokens);
    return { ok: true };
  },
  /** A new secret, as from the portal: the old one is refused from now on; tokens stay valid until they expire. */
  newCredentials: (state, { clientId }) => {
    const clientSecret = `stellr-secret-${randomBytes(8).toString('hex')}`;
    Object.assign(state.settings, { clientSecret, ...(clientId !== undefined && { clientId }) });
    return { clientId: state.settings.clientId, clientSecret };
  },
  /** What the reseller really holds, whatever the listings show. */
  counts: (state) => ({ customers: state.customers.length, subscriptions: state.subscriptions.length }),
};

const off = (mode: unknown) => (mode && mode !== 'off' ? String(mode) : undefined);

function withSubscription(state: StellrState, id: unknown, change: (row: SubscriptionRow) => void) {
  const row = state.subscriptionById.get(String(id));
  if (!row) throw new Error(`no subscription ${id}`);
  change(row);
  return subscriptionRecord(state, row);
}

function withCustomer(state: StellrState, customerNo: unknown, change: (row: CustomerRow) => void) {
  const row = state.customerByNo.get(String(customerNo));
  if (!row) throw new Error(`no customer ${customerNo}`);
  change(row);
  return customerRecord(state, row);
}

function set(state: StellrState, values: Wire) {
  const unknown = Object.keys(values).find((key) => !(key in state.settings));
  if (unknown) throw new Error(`no option ${unknown}`);
  Object.assign(state.settings, values);
  const { clientSecret: _, ...shown } = state.settings;
  return shown;
}
