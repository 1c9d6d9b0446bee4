import type { SimRequest, SimResponse } from '../harness.ts';
import { halfway, openOrder, placeOrder, settleOrders } from '../orders.ts';
import { body, empty, type Handler, type LicenceHandler, ok, refusals } from './answers.ts';
import { onLicence } from './licences.ts';
import { fulfil } from './orders.ts';
import { canCancel, canDecrease } from './records.ts';
import { type ArrowSphereState, findLicence, type Licence, type LicenceChange } from './state.ts';

type State = ArrowSphereState;

/** Changes are accepted with an empty answer and done later: until then the licence's `message` says that one runs. */
export function settle(state: State): void {
  const ended = settleOrders(state.orders, state.clock(), ({ target, change }, share) => {
    if (change.order) return fulfil(state, change, share);
    const licence = findLicence(state, target);
    if (!licence) return 'The license is gone.';
    const refusal = refusalOf(state, licence, change);
    if (refusal) return refusal;
    const { seats } = change.set;
    const part = seats === undefined ? {} : { seats: halfway(licence.seats, seats, share) };
    touch(licence, { ...change.set, ...part });
    // A quantity a test laid over the record would hide this one.
    if (licence.patch && seats !== undefined) delete licence.patch.seat;
    return undefined;
  });
  for (const { target, state: end, change, message } of ended) {
    const licence = findLicence(state, target);
    if (licence && end !== 'held')
      licence.message = end === 'failed' ? `${change.action} failed: ${message}` : '';
  }
}

const running = ({ action }: LicenceChange) => `${action} in progress`;

/** Why it is refused, or nothing once it is accepted. */
function attempt(state: State, licence: Licence, action: string, set: Partial<Licence>): string | undefined {
  const target = `XSP${licence.id}`;
  if (openOrder(state.orders, target)) return 'An action is already running on the license.';
  const keys = Object.keys(set) as (keyof Licence)[];
  const before = Object.fromEntries(keys.map((key) => [key, licence[key]]));
  const change = { action, set, before };
  const refusal = state.rules.refuse === 'now' && refusalOf(state, licence, change);
  if (refusal) return refusal;
  placeOrder(state.orders, { target, change }, state.clock());
  licence.message = running(change);
  settle(state);
  return undefined;
}

const startsFrom: Record<string, Licence['state'][]> = {
  seats: ['active'],
  suspend: ['active'],
  reactivate: ['suspended'],
  cancel: ['active', 'suspended'],
  autorenew: ['active'],
};

function refusalOf(state: State, licence: Licence, { action, set }: LicenceChange): string | undefined {
  const { minSeats, maxSeats } = state.rules;
  if (!startsFrom[action]!.includes(licence.state)) return `The license is ${licence.state}.`;
  if (action === 'cancel' && !canCancel(state, licence)) return 'The cancellation window has ended.';
  if (set.seats === undefined) return undefined;
  if (set.seats < minSeats || set.seats > maxSeats)
    return `Bad value for seats: give a whole number from ${minSeats} to ${maxSeats}.`;
  if (set.seats < licence.seats && !canDecrease(state, licence))
    return 'Seats cannot be decreased before the renewal.';
  return undefined;
}

export function putSeats(state: State, req: SimRequest, licence: Licence): SimResponse {
  const { seats } = body(req)!;
  return answer(
    Number.isInteger(seats)
      ? attempt(state, licence, 'seats', { seats: seats as number })
      : 'Bad value for seats: give a whole number.',
  );
}

export const moveLicence = (action: string, set: Partial<Licence>): Handler =>
  onLicence((state, _, licence) => answer(attempt(state, licence, action, set)));

const answer = (refusal: string | undefined): SimResponse =>
  refusal ? { status: 400, body: { status: 400, error: refusal } } : empty(204);

export function putFriendlyName(_: State, req: SimRequest, licence: Licence): SimResponse {
  const { friendlyName } = body(req)!;
  if (typeof friendlyName !== 'string') return refusals(400, ['Bad value for friendlyName.']);
  touch(licence, { friendlyName });
  return empty(204);
}

/** Each field stands alone: what can be applied is, and 206 names the rest. */
export function patchLicence(state: State, req: SimRequest, licence: Licence): SimResponse {
  const { friendlyName, seats, organizationUnitId } = body(req)!;
  const named = () => touch(licence, { friendlyName: friendlyName as string });
  const fields: [given: unknown, apply: () => string | undefined][] = [
    [friendlyName, () => (typeof friendlyName === 'string' ? named() : 'Bad value for friendlyName.')],
    [
      seats,
      () =>
        Number.isInteger(seats)
          ? attempt(state, licence, 'seats', { seats: seats as number })
          : 'Bad value for seats.',
    ],
    [
      organizationUnitId,
      () => (Number.isInteger(organizationUnitId) ? touch(licence, {}) : 'Bad value for organizationUnitId.'),
    ],
  ];
  const outcomes = fields.filter(([given]) => given !== undefined).map(([, apply]) => apply());
  const messages = outcomes.filter((one) => one !== undefined);
  if (!messages.length) return empty(200);
  return messages.length < outcomes.length
    ? { status: 206, body: { status: 206, error: 'Partial Content', messages } }
    : refusals(400, messages);
}

/** The action log, newest first. */
export const history: LicenceHandler = (state, _, licence) => {
  const target = `XSP${licence.id}`;
  const actions = state.orders.orders.filter((order) => order.target === target && order.state !== 'open');
  return ok({
    actions: actions.reverse().map(({ change, state: end, placedAt, dueAt, message }) => ({
      action: change.action,
      note: {
        before: change.before,
        after: end === 'failed' ? change.before : change.set,
        extra_information: message ? { message } : {},
      },
      created_at: new Date(placedAt).toISOString(),
      updated_at: new Date(Math.max(placedAt, dueAt)).toISOString(),
    })),
  });
};

function touch(licence: Licence, change: Partial<Licence>): undefined {
  Object.assign(licence, change, { updatedAt: Date.now() });
}
