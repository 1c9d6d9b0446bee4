import type { FastifyRequest } from 'fastify';
import type { App } from './context.ts';
import { type FieldError, invalid, pointerTo } from './problem.ts';

/** Limits for every request, checked before the schemas, which would take long on such input. */
const limits = { depth: 32, keys: 1_000, items: 30_000, values: 100_000 };

/** PostgreSQL stores no NUL, and UTF-8 has no half of a surrogate pair. */
const unstorable = /[\0\p{Cs}]/u;
export const isStorable = (text: string): boolean => !unstorable.test(text);

/** Answers 400 for body, query and path parameters beyond the limits, and for texts that cannot be stored. */
export function limitInput(app: App): void {
  app.addHook('preValidation', async ({ params, query, body }: FastifyRequest) => {
    const errors = [params, query, body].flatMap(inputErrors);
    if (errors.length > 0) throw invalid(errors);
  });
}

/** Stops at the first thing that is too large; names all texts that cannot be stored. */
export function inputErrors(input: unknown): FieldError[] {
  const errors: FieldError[] = [];
  const path: string[] = [];
  let values = 0;
  const add = (detail: string) => errors.push({ pointer: pointerTo(path), detail });
  const tooLarge = (detail: string) => {
    add(detail);
    return false;
  };

  /** False when there is no point in checking further. */
  function look(value: unknown): boolean {
    if (++values > limits.values) return tooLarge(`the request holds more than ${limits.values} values`);
    if (typeof value === 'string') {
      if (!isStorable(value)) add(cannotBeStored);
      return true;
    }
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return true;
    if (path.length >= limits.depth) return tooLarge(`is nested more than ${limits.depth} levels deep`);
    const isArray = Array.isArray(value);
    if (isArray && value.length > limits.items) return tooLarge(`has more than ${limits.items} items`);
    const keys = Object.keys(value);
    if (!isArray && keys.length > limits.keys) return tooLarge(`has more than ${limits.keys} fields`);
    for (const key of keys) {
      path.push(key);
      if (!isArray && !isStorable(key)) add(`its name ${cannotBeStored}`);
      const on = look((value as Record<string, unknown>)[key]);
      path.pop();
      if (!on) return false;
    }
    return true;
  }

  look(input);
  return errors;
}

const cannotBeStored = 'contains a character that cannot be stored (NUL or half of a surrogate pair)';
