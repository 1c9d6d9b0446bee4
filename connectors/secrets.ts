/**
 * Ion answers carry secrets in passing: a new customer's `user.password`, an order attribute named `password`.
 * Nothing past the client may see them.
 */
const secretKey = /passw(or)?d|secret|^pwd$|^(access|refresh)_?token$/i;
/** Of `{name, value}` pairs. Whole names only, so that a product called "1Password" keeps its row. */
const secretName = /^([a-z]+[ _-]?)?(password|passwd|pwd|secret)$/i;

/** The same value without anything secret. What is nested deeper than any answer is left out unseen. */
export function withoutSecrets(value: unknown, depth = deepest): unknown {
  if (depth === 0 && isObject(value)) return null;
  const within = (entry: unknown) => withoutSecrets(entry, depth - 1);
  if (Array.isArray(value)) return value.filter((entry) => !isSecretPair(entry)).map(within);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key, entry]) => !secretKey.test(key) && !isSecretPair(entry));
  return Object.fromEntries(kept.map(([key, entry]) => [key, within(entry)]));
}

const deepest = 100;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function isSecretPair(value: unknown): boolean {
  if (!isObject(value) || !('value' in value)) return false;
  return [value.name, value.key, value.id].some((name) => typeof name === 'string' && secretName.test(name));
}
