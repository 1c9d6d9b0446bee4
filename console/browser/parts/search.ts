/** For `validateSearch`: keeps these URL parameters as text and drops all others. */
export const searchOf =
  <Key extends string>(...keys: Key[]) =>
  (raw: Record<string, unknown>): Partial<Record<Key, string>> =>
    Object.fromEntries(
      keys.flatMap((key) => (typeof raw[key] === 'string' && raw[key] !== '' ? [[key, raw[key]]] : [])),
    ) as Partial<Record<Key, string>>;
