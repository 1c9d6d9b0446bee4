import { chargeControls } from '../charges.ts';
import { orderControls } from '../orders.ts';
import type { Product } from '../world.ts';
import {
  type ArrowSphereState,
  addCustomer,
  type Customer,
  findCustomer,
  findLicence,
  idOf,
  type Licence,
  type LicenceState,
  lowerBound,
  type Patch,
} from './state.ts';

type Body = Record<string, unknown>;
type State = ArrowSphereState;

/** What a test may do to the account behind the API's back: `POST /__control/do/<name>`. */
export const controls: Record<string, (state: State, body: Body) => unknown> = {
  setSeats: (state, { ref, seats }) => changeLicence(state, ref, { seat: seats }),
  setLicense: (state, { ref, patch }) => changeLicence(state, ref, patch as Patch),
  cancelLicense: (state, { ref }) => changeLicence(state, ref, { state: 'cancelled' }),
  addLicense,
  removeLicense(state, { ref }) {
    state.licences.splice(state.licences.indexOf(licence(state, ref)), 1);
  },
  breakLicense(state, { ref, mode }) {
    licence(state, ref).broken = oneOf(mode, [undefined, 'unreadable', 'noid', 'noquantity']);
  },
  addCustomer(state, { ref, name, patch }) {
    const { ref: made } = addCustomer(
      state,
      { ...(patch as Patch), ...(name ? { CompanyName: name } : {}) },
      ref,
    );
    return { ref: made };
  },
  setCustomer(state, { ref, patch }) {
    const { DeletedAt, ...fields } = patch as Patch;
    const target = customer(state, ref);
    if (DeletedAt !== undefined) target.deletedAt = DeletedAt as string | null;
    target.patch = { ...target.patch, ...fields };
  },
  /** Vanishes without a trace, unlike the API's soft delete. Its licences stay unless `licenses` is true. */
  removeCustomer(state, { ref, licenses }) {
    const target = customer(state, ref);
    state.customers.splice(state.customers.indexOf(target), 1);
    if (licenses) state.licences = state.licences.filter((one) => one.customer !== target);
  },
  breakCustomer(state, { ref, mode }) {
    customer(state, ref).broken = oneOf(mode, [undefined, 'unreadable', 'noid', 'noname']);
  },
  emptyListings({ knobs }, { on, kind }) {
    for (const one of ['customers', 'licenses'] as const)
      if (!kind || kind === one) knobs.empty[one] = on !== false;
  },
  declaredTotalOffset({ knobs }, { customers, licenses }) {
    knobs.totalOffset = { customers: Number(customers ?? 0), licenses: Number(licenses ?? 0) };
  },
  duplicateAcrossPages({ knobs }, { on }) {
    knobs.duplicateAcrossPages = on !== false;
  },
  repeatPage({ knobs }, { on }) {
    knobs.repeatPage = on !== false;
  },
  findHidesEnded({ knobs }, { on }) {
    knobs.findHidesEnded = on !== false;
  },
  ...orderControls<State>(),
  ...chargeControls<State>(),
  /** `{minSeats?, maxSeats?, cancelWindow?, refuse?: now | late}` */
  setRules: ({ rules }, changes) => Object.assign(rules, changes),
  /** What a product costs now, a seat a month: the price after renewal. */
  setCatalogue: ({ catalogue }, { sku, buy, sell }) =>
    void catalogue.set(String(sku), { buy: Number(buy), sell: Number(sell ?? buy) }),
  setApiKey(state, { apiKey, badKeyStatus }) {
    if (apiKey !== undefined) state.apiKey = String(apiKey);
    if (badKeyStatus !== undefined) state.badKeyStatus = Number(badKeyStatus);
  },
};

function addLicense(state: State, body: Body): { ref: string } {
  const id = body.ref === undefined ? state.nextLicence++ : idOf(body.ref);
  const at = lowerBound(state.licences, id);
  if (Number.isNaN(id) || state.licences[at]?.id === id)
    throw new Error(`cannot use licence reference ${body.ref ?? `XSP${id}`}`);
  const seats = Number(body.seats ?? 1);
  const made: Licence = {
    id,
    customer: customer(state, body.customer),
    product: { ...sample, ...(body.product as Partial<Product>) },
    seats,
    baseSeats: seats,
    cycle: oneOf(body.cycle ?? 'monthly', ['monthly', 'annual']),
    term: oneOf(body.term ?? 'P1Y', ['P1M', 'P1Y', 'P3Y']),
    state: 'active',
    trial: false,
    startedAt: Date.now(),
    updatedAt: Date.now(),
    renewal: 'auto_renew',
    friendlyName: '',
    message: '',
  };
  state.licences.splice(at, 0, made);
  state.nextLicence = Math.max(state.nextLicence, id + 1);
  changeLicence(state, `XSP${id}`, (body.patch as Patch) ?? {});
  return { ref: `XSP${id}` };
}

/**
 * Fields of the find dialect, laid over the rendered record. Those the simulator keeps itself are set there, so that
 * totals and the GET dialect follow: `seat`, `trial`, and the GET dialect's `state`. `currency` is short for `price.currency`.
 */
function changeLicence(state: State, ref: unknown, patch: Patch): void {
  const target = licence(state, ref);
  const { seat, trial, state: word, currency, price, ...rest } = patch;
  target.patch = { ...target.patch, ...rest };
  if (typeof seat === 'number') {
    target.seats = seat;
    delete target.patch.seat;
  } else if ('seat' in patch) target.patch.seat = seat;
  if (typeof trial === 'boolean') target.trial = trial;
  if (word !== undefined) target.state = oneOf(word, states);
  if (price !== undefined || currency !== undefined) {
    const before = target.patch.price as Patch | undefined;
    target.patch.price = { ...before, ...(price as Patch), ...(currency !== undefined && { currency }) };
  }
  if (!Object.keys(target.patch).length) delete target.patch;
  target.updatedAt = Date.now();
}

const states: LicenceState[] = ['active', 'suspended', 'cancelled', 'expired', 'pending'];
const sample: Product = {
  name: 'Microsoft 365 E3',
  vendor: 'Microsoft',
  sku: 'CFQ7TTC0LFLX:0001',
  cost: '29.52',
  price: '36.00',
};

function licence(state: State, ref: unknown): Licence {
  const found = findLicence(state, ref);
  if (!found) throw new Error(`no licence ${ref}`);
  return found;
}

function customer(state: State, ref: unknown): Customer {
  const found = findCustomer(state, ref);
  if (!found) throw new Error(`no customer ${ref}`);
  return found;
}

function oneOf<const T>(value: unknown, allowed: readonly T[]): T {
  const wanted = value ?? undefined;
  if (!allowed.includes(wanted as T)) throw new Error(`${value} is none of ${allowed.join(', ')}`);
  return wanted as T;
}
