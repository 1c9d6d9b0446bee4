import type { Patch } from './state.ts';

/** Objects are merged, everything else is replaced. */
export function overlay<T extends object>(base: T, patch: Patch | undefined): T {
  if (!patch) return base;
  const out: Patch = { ...(base as Patch) };
  for (const [key, value] of Object.entries(patch)) {
    const before = out[key];
    out[key] = plain(before) && plain(value) ? overlay(before, value) : value;
  }
  return out as T;
}

const plain = (value: unknown): value is Patch =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
