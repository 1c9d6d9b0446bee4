/**
 * JSON with numbers of more digits than a JavaScript number holds: the contract wants JSON numbers, we keep decimal
 * text. `JSON.rawJSON` would do this, but Node 20 lacks it.
 */
export interface Exact {
  toJSON(): string;
}

/** A marker no text of ours begins with: PostgreSQL holds no NUL. */
const mark = '\u0000number ';
const marked = /"\\u0000number (-?\d+(?:\.\d+)?)"/g;

export const exact = (decimal: string): Exact => ({ toJSON: () => mark + decimal });

export const exactJson = (value: unknown): string => JSON.stringify(value).replace(marked, '$1');
