import type { SimRequest, SimResponse } from '../harness.ts';
import { body, type Handler, type LicenceHandler, ok, problem, refusals } from './answers.ts';
import {
  badFields,
  camelPagination,
  type FindQuery,
  search,
  snakePagination,
  takeAfter,
  takePage,
} from './listing.ts';
import { foundRecord, licenceRecord } from './records.ts';
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

export function onLicence(act: LicenceHandler): Handler {
  return (state, req, ref) => {
    const licence = findLicence(state, ref);
    return licence ? act(state, req, licence) : problem(404, `License ${ref} not found`, 'NOT_FOUND');
  };
}
