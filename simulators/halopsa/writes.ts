import type { SimResponse } from '../harness.ts';
import { badDatabase, badFields, badText, empty, Refusal } from './answers.ts';
import { type Body, tooLong, typeErrors } from './fields.ts';
import { isMarked, isObject, parseStrict, unmark } from './json.ts';
import type { Resource } from './resource.ts';
import type { HaloState } from './state.ts';

/** POST: an array of objects to add (no id) or to merge into (id). Everything is checked before anything is kept. */
export function post<R extends { id: number }>(
  state: HaloState,
  resource: Resource<R>,
  text: string,
): SimResponse {
  const { partialBatch } = state.options;
  const bodies = read(state, resource, text);
  let refused: SimResponse | undefined;
  const good = bodies.filter((body) => {
    const answer = refusalOf(() => check(state, resource, body));
    refused ??= answer;
    return !answer;
  });
  if (refused && partialBatch === 'all-or-nothing') return refused;
  const rows = good.map((body) => write(state, resource, body));
  if (refused) return refused;
  return {
    status: 201,
    body: reply(
      state,
      resource.key,
      rows.map((row) => resource.full(state, row)),
    ),
  };
}

/** One object, checked like a posted one; the controls add rows with it too. */
export function check<R extends { id: number }>(state: HaloState, resource: Resource<R>, body: Body) {
  const old = existing(state, resource, body);
  const column = tooLong(resource.fields, body) ?? tooLong(resource.inputs ?? {}, body);
  if (column)
    throw new Refusal(
      badDatabase(
        2628,
        `String or binary data would be truncated in table '${resource.key}', column '${column}'.`,
      ),
    );
  resource.check?.(state, body, old);
}

export function write<R extends { id: number }>(state: HaloState, resource: Resource<R>, body: Body): R {
  const { row, changed } = resource.write!(state, body, existing(state, resource, body));
  if (changed) state.writes++;
  return row;
}

function existing<R extends { id: number }>(state: HaloState, resource: Resource<R>, body: Body) {
  const id = Number(body.id ?? 0);
  if (id <= 0) return undefined;
  const old = resource.table(state).rows.get(id);
  if (!old) throw new Refusal(empty(404));
  return old;
}

function read<R extends { id: number }>(state: HaloState, resource: Resource<R>, text: string): Body[] {
  const refuse = (fields: Record<string, string[]>) => new Refusal(badFields(fields));
  let sent: unknown;
  try {
    sent = parseStrict(text);
  } catch {
    throw refuse({
      '': ["Unexpected character encountered while parsing value. Path '', line 1, position 1."],
    });
  }
  if (!Array.isArray(sent))
    throw refuse({
      '': [
        "Cannot deserialize the current JSON value because the type requires a JSON array (e.g. [1,2,3]). Path '', line 1, position 1.",
      ],
    });
  if (sent.length > state.options.maxArray)
    throw new Refusal(badText(`Too many objects: at most ${state.options.maxArray} may be posted at once`));
  const fields = { ...resource.fields, ...resource.inputs };
  const errors: Record<string, string[]> = {};
  for (const [index, body] of sent.entries()) {
    if (!isObject(body) || isMarked(body)) errors[`[${index}]`] = ['Error converting value to an object.'];
    else Object.assign(errors, typeErrors(fields, body, `[${index}]`, text));
  }
  if (Object.keys(errors).length > 0) throw refuse(errors);
  return sent.map((body) => unmark(body) as Body);
}

/** It is unknown what Halo answers for several elements, so every form a client must survive can be selected. */
function reply(state: HaloState, key: string, rows: object[]): unknown {
  const { replyShape } = state.options;
  if (replyShape === 'envelope') return { [key]: rows };
  if (replyShape === 'always-array') return rows;
  if (replyShape === 'first-only') return rows[0] ?? [];
  if (rows.length === 1) return rows[0];
  return replyShape === 'shuffled' ? rows.reverse() : rows;
}

function refusalOf(act: () => void): SimResponse | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
  return undefined;
}
