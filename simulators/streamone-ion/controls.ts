import { chargeControls } from '../charges.ts';
import { orderControls } from '../orders.ts';
import { tokenPair } from './oauth.ts';
import { customerRecord, subscriptionRecord } from './records.ts';
import {
  addCustomer,
  addSubscription,
  type Broken,
  drop,
  type IonSettings,
  type IonState,
  listOf,
  removeCustomer,
  removeSubscription,
  touch,
  type Wire,
} from './state.ts';
import { exchange, issue, revoke, tokenReport } from './tokens.ts';

type Body = Record<string, unknown>;

/** `POST /__control/do/<name>`. What names no record is 400 `{error}` and changes nothing. */
export const controls: Record<string, (state: IonState, body: Body) => unknown> = {
  setSubscription: (state, { id, patch }) =>
    withSubscription(state, id, (row) => {
      const { customerId, ...own } = (patch ?? {}) as Wire;
      if (customerId !== undefined) {
        drop(listOf(state, row.customerId), row);
        row.customerId = String(customerId);
        listOf(state, row.customerId).push(row);
      }
      Object.assign(row.own, own);
      row.updatedAt = state.clock();
    }),
  addSubscription: (state, { customerId, ...own }) =>
    subscriptionRecord(state, addSubscription(state, String(customerId), own)),
  removeSubscription: (state, { id }) => withSubscription(state, id, (row) => removeSubscription(state, row)),
  breakSubscription: (state, { id, mode }) =>
    withSubscription(state, id, (row) => {
      row.broken = brokenMode(mode);
    }),
  setCustomer: (state, { id, patch }) =>
    withCustomer(state, id, (row) => {
      Object.assign(row.own, patch);
      row.updatedAt = state.clock();
    }),
  addCustomer: (state, own) => {
    const number = state.nextCustomer;
    const base = {
      customerOrganization: `New Customer ${number}`,
      customerName: 'Nora New',
      customerEmail: `nora@customer-${number}.example`,
      customerAddress: {
        street: '1 Main St',
        city: 'Leeds',
        state: 'West Yorkshire',
        zip: 'LS1',
        country: 'GB',
      },
      languageCode: 'EN',
    };
    return { id: String(number), ...customerRecord(state, addCustomer(state, { ...base, ...own })) };
  },
  /** Its subscriptions go with it unless `keepSubscriptions`. */
  removeCustomer: (state, { id, keepSubscriptions }) =>
    withCustomer(state, id, (row) => {
      if (!keepSubscriptions) for (const held of [...listOf(state, row.id)]) removeSubscription(state, held);
      removeCustomer(state, row);
    }),
  breakCustomer: (state, { id, mode }) =>
    withCustomer(state, id, (row) => {
      row.broken = brokenMode(mode);
    }),
  setOption: (state, body) => set(state, body),
  totalSizeOffset: (state, { n }) => set(state, { totalSizeOffset: n }),
  emptyListings: (state, { on = true }) => set(state, { emptyListings: on }),
  shrinkWhilePaging: (state, { rows = 1, times = 1 }) => set(state, { shrinkRows: rows, shrinkTimes: times }),
  rotateElsewhere: (state) => {
    const { currentRefresh } = tokenReport(state.tokens, state.clock());
    const made =
      currentRefresh && exchange(state.tokens, currentRefresh, state.settings, state.clock(), 'rival');
    if (!made) throw new Error('no live refresh token');
    return tokenPair(state, made);
  },
  revoke: (state) => {
    revoke(state.tokens);
    return { ok: true };
  },
  /** As the portal shows it, once. Invalidates the earlier pair unless `keepOld`; the real behaviour is not public. */
  newCredentials: (state, { keepOld }) => {
    if (!keepOld) revoke(state.tokens);
    return tokenPair(state, issue(state.tokens, state.settings, state.clock(), 'portal'));
  },
  ...orderControls<IonState>(),
  ...chargeControls<IonState>(),
  /** What a part costs now: `{mfgPartNumber, price}`. */
  setPrice: ({ priceBook }, { mfgPartNumber, price }) =>
    void priceBook.set(String(mfgPartNumber), Number(price)),
  tokens: (state) => tokenReport(state.tokens, state.clock()),
  /** What the account really holds, whatever the listings show. */
  counts: (state) => ({ customers: state.customers.length, subscriptions: state.subscriptions.length }),
};

const brokenMode = (mode: unknown) => (mode && mode !== 'off' ? (mode as Broken) : undefined);

function withSubscription(state: IonState, id: unknown, change: (row: IonState['subscriptions'][0]) => void) {
  const row = state.subscriptionById.get(String(id));
  if (!row) throw new Error(`no subscription ${id}`);
  change(row);
  touch(state);
  return subscriptionRecord(state, row);
}

function withCustomer(state: IonState, id: unknown, change: (row: IonState['customers'][0]) => void) {
  const row = state.customerById.get(String(id));
  if (!row) throw new Error(`no customer ${id}`);
  change(row);
  touch(state);
  return customerRecord(state, row);
}

function set(state: IonState, values: Body): IonSettings {
  const unknown = Object.keys(values).find((key) => !(key in state.settings));
  if (unknown) throw new Error(`no option ${unknown}`);
  Object.assign(state.settings, values);
  touch(state);
  return state.settings;
}
