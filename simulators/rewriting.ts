type Json = Record<string, unknown>;

/** A copy of a JSON answer with the values at these paths (`a.b`) replaced; non-objects stay unchanged. */
export function replaced(body: unknown, values: Json): unknown {
  if (!isObject(body) || Object.keys(values).length === 0) return body;
  const copy = structuredClone(body);
  for (const [path, value] of Object.entries(values)) {
    const keys = path.split('.');
    const last = keys.pop()!;
    let place: Json = copy;
    for (const key of keys) {
      if (!isObject(place[key])) place[key] = {};
      place = place[key] as Json;
    }
    place[last] = value;
  }
  return copy;
}

/** A copy of the answer with one record of its list repeated. `memory` holds the first page's record. */
export function twice(
  body: unknown,
  { list, at = 0, across = false, change }: { list?: string; at?: number; across?: boolean; change?: Json },
  memory: unknown[],
): unknown {
  const copy = structuredClone(body);
  const rows = list ? valueAt(copy, list) : firstList(copy);
  if (!Array.isArray(rows) || rows.length === 0) return body;
  if (across && memory.length === 0) {
    memory.push(structuredClone(rows[Math.min(at, rows.length - 1)]));
    return body;
  }
  const again = across ? memory[0] : rows[at];
  if (isObject(again)) rows.push({ ...again, ...change });
  return copy;
}

/** A copy of the answer with each record of its list replaced. */
export function altered(body: unknown, alter: (record: Json) => unknown): unknown {
  const copy = structuredClone(body);
  const rows = firstList(copy);
  if (Array.isArray(rows))
    rows.splice(0, rows.length, ...rows.map((row) => (isObject(row) ? alter(row) : row)));
  return copy;
}

const valueAt = (body: unknown, path: string): unknown =>
  path.split('.').reduce((place: unknown, key) => (isObject(place) ? place[key] : undefined), body);

/** Breadth first, so that a page's records are found before lists nested in them. */
function firstList(body: unknown): unknown {
  const places = [body];
  for (const place of places) {
    if (Array.isArray(place) && place.some(isObject)) return place;
    if (isObject(place)) places.push(...Object.values(place));
  }
  return undefined;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
