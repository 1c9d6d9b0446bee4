/** For `validateSearch`: these keys of a page's address, as texts; anything else in it is left out. */
export const searchOf =
  <Key extends string>(...keys: Key[]) =>
  (raw: Record<string, unknown>): Partial<Record<Key, string>> =>
    Object.fromEntries(
      keys.flatMap((key) => (typeof raw[key] === 'string' && raw[key] !== '' ? [[key, raw[key]]] : [])),
    ) as Partial<Record<Key, string>>;
