import type { SimRequest, SimResponse } from '../harness.ts';
import { body, empty, type Handler, type LicenceHandler, ok, problem, refusals } from './answers.ts';
import {
  badFields,
  camelPagination,
  type FindQuery,
  search,
  snakePagination,
  takeAfter,
  takePage,
} from './listing.ts';
import { canDecrease, foundRecord, licenceRecord, maxSeats } from './records.ts';
import { type ArrowSphereState, type Customer, findLicence, type Licence } from './state.ts';

type State = ArrowSphereState;

export function customerLicences(state: State, { query }: SimRequest, customer: Customer): SimResponse {
  const sku = query.get('sku');
  const held = state.licences.filter((one) => one.customer === customer && (!sku || one.product.sku === sku));
  const listed = state.knobs.empty.licenses ? [] : held;
  return ok({ licenses: listed.map((licence) => licenceRecord(state, licence)) });
}

export function listLicences(state: State, { query }: SimRequest): SimResponse {
  const cursors = ['page', 'search_after', 'search_before'].filter((name) => query.has(name));
  if (cursors.length > 1) return refusals(400, [`${cursors.join(' and ')} exclude each other.`]);
  const byCursor = cursors.length === 1 && cursors[0] !== 'page';
  const page = byCursor
    ? takeAfter(state, '/v2/licenses', query)
    : takePage(state, 'licenses', '/v2/licenses', state.licences, query);
  const licenses = page.items.map((licence) => licenceRecord(state, licence));
  return { status: 200, body: { status: 200, data: { licenses }, pagination: snakePagination(page) } };
}

/** The dialect of its own: no `status`, no `data`. */
export function find(state: State, req: SimRequest): SimResponse {
  const query = body(req) as FindQuery;
  const unknown = badFields(query);
  if (unknown.length)
    return refusals(
      400,
      unknown.map((name) => `Unknown field ${name}.`),
    );
  const page = takePage(state, 'licenses', '/licenses/v2/find', search(state, query), req.query);
  const results = page.items.map((licence) => foundRecord(state, licence));
  return { status: 200, body: { results, filters: [], pagination: camelPagination(page) } };
}

export const licenceAnswer = (state: State, licence: Licence): SimResponse =>
  ok({ license: licenceRecord(state, licence) });

export function putSeats(_: State, req: SimRequest, licence: Licence): SimResponse {
  const { seats } = body(req)!;
  const refusal = seatRefusal(licence, seats);
  if (refusal) return { status: 400, body: { status: 400, error: refusal } };
  setSeats(licence, seats as number);
  return empty(204);
}

export function putFriendlyName(_: State, req: SimRequest, licence: Licence): SimResponse {
  const { friendlyName } = body(req)!;
  if (typeof friendlyName !== 'string') return refusals(400, ['Bad value for friendlyName.']);
  touch(licence, { friendlyName });
  return empty(204);
}

/** Each field stands alone: what can be applied is, and 206 names the rest. */
export function patchLicence(_: State, req: SimRequest, licence: Licence): SimResponse {
  const { friendlyName, seats, organizationUnitId } = body(req)!;
  const messages: string[] = [];
  let applied = 0;
  const attempt = (refusal: string | undefined, apply: () => void) => {
    if (refusal) return void messages.push(refusal);
    apply();
    applied++;
  };
  if (friendlyName !== undefined)
    attempt(typeof friendlyName === 'string' ? undefined : 'Bad value for friendlyName.', () =>
      touch(licence, { friendlyName: friendlyName as string }),
    );
  if (seats !== undefined) attempt(seatRefusal(licence, seats), () => setSeats(licence, seats as number));
  if (organizationUnitId !== undefined)
    attempt(Number.isInteger(organizationUnitId) ? undefined : 'Bad value for organizationUnitId.', () =>
      touch(licence, {}),
    );
  if (!messages.length) return empty(200);
  return applied
    ? { status: 206, body: { status: 206, error: 'Partial Content', messages } }
    : refusals(400, messages);
}

function seatRefusal(licence: Licence, seats: unknown): string | undefined {
  if (!Number.isInteger(seats) || (seats as number) < 1 || (seats as number) > maxSeats)
    return `Bad value for seats: give a whole number from 1 to ${maxSeats}.`;
  if (licence.state !== 'active') return `The license is ${licence.state}.`;
  if ((seats as number) < licence.seats && !canDecrease(licence))
    return 'Seats cannot be decreased before the renewal.';
  return undefined;
}

export function moveLicence(from: Licence['state'][], change: Partial<Licence>): Handler {
  return onLicence((_, __, licence) => {
    if (!from.includes(licence.state))
      return { status: 400, body: { status: 400, error: `The license is ${licence.state}.` } };
    touch(licence, change);
    return empty(204);
  });
}

export function onLicence(act: LicenceHandler): Handler {
  return (state, req, ref) => {
    const licence = findLicence(state, ref);
    return licence ? act(state, req, licence) : problem(404, `License ${ref} not found`, 'NOT_FOUND');
  };
}

const touch = (licence: Licence, change: Partial<Licence>) =>
  void Object.assign(licence, change, { updatedAt: Date.now() });

function setSeats(licence: Licence, seats: number): void {
  touch(licence, { seats });
  // A quantity a test laid over the record would hide this one.
  if (licence.patch) delete licence.patch.seat;
}
