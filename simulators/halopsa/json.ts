/**
 * Halo's JSON is strictly typed down to the text: `95.0` is no integer. `JSON.parse` hides that difference, so
 * such numbers are marked before parsing and unmarked once the field's type is known.
 */
const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

export interface Marked {
  $text: string;
}

export const parseStrict = (text: string): unknown =>
  JSON.parse(
    text.replace(tokens, (token) =>
      token[0] !== '"' && /[.eE]/.test(token) && Number.isInteger(Number(token))
        ? `{"$text":"${token}"}`
        : token,
    ),
  );

export const isMarked = (value: unknown): value is Marked =>
  typeof value === 'object' && value !== null && '$text' in value;

export function unmark(value: unknown): unknown {
  if (isMarked(value)) return Number(value.$text);
  if (Array.isArray(value)) return value.map(unmark);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, unmark(v)]));
  return value;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
