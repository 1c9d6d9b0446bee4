import { labelOf } from './words.ts';

/** A connector's settings or credentials as fields of a form, read from the JSON Schema of GET /v1/connectors. */
export interface Field {
  name: string;
  label: string;
  help: string | undefined;
  kind: 'text' | 'number' | 'choice' | 'secret' | 'switch';
  required: boolean;
  choices: string[];
  /** The default value. */
  fallback: string | undefined;
  min: number | undefined;
  max: number | undefined;
}

/** The entered values, by name. */
export type Entered = Record<string, string>;

interface Property {
  type?: string;
  enum?: unknown[];
  anyOf?: { type?: string }[];
  title?: string;
  description?: string;
  default?: unknown;
  writeOnly?: boolean;
  minimum?: number;
  maximum?: number;
}

/** Throws if no field fits, so that a new connector fails in its test and not on a customer's screen. */
export function fieldsOf(schema: Record<string, unknown>): Field[] {
  const { properties = {}, required = [] } = schema as {
    properties?: Record<string, Property>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    label: property.title ?? labelOf(name),
    help: property.description,
    kind: kindOf(name, property),
    required: required.includes(name),
    choices: (property.enum ?? []).map(String),
    fallback: property.default === undefined ? undefined : String(property.default),
    min: property.minimum,
    max: property.maximum,
  }));
}

function kindOf(name: string, { type, enum: choices, anyOf, writeOnly }: Property): Field['kind'] {
  if (choices) return 'choice';
  // Digits that may also come as a number are entered as text, to keep leading zeros.
  const types = anyOf?.map((part) => part.type) ?? [type];
  const isText = types.includes('string') && types.every((each) => each === 'string' || each === 'integer');
  if (isText) return writeOnly ? 'secret' : 'text';
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'boolean') return 'switch';
  throw new Error(`The form has no field for ${name}: ${JSON.stringify({ type, anyOf })}`);
}

/** The body to send: only entered values; a field that was emptied becomes null. */
export function valuesOf(fields: Field[], entered: Entered, before: Entered = {}): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap(({ name, kind }): [string, unknown][] => {
      const text = entered[name]?.trim() ?? '';
      if (text === (before[name] ?? '')) return [];
      if (text === '') return kind === 'secret' ? [] : [[name, null]];
      if (kind === 'number') return [[name, Number.isNaN(Number(text)) ? text : Number(text)]];
      return [[name, kind === 'switch' ? text === 'true' : text]];
    }),
  );
}

/** The current settings as form values. */
export const enteredOf = (values: Record<string, unknown>): Entered =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, String(value)]],
    ),
  );
