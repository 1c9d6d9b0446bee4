/**
 * Ion and its sister product Stellr may answer with secrets: a new customer's `user.password`, an order attribute named
 * `password`. Nothing outside the client may see them.
 */
const secretKey = /passw(or)?d|secret|^pwd$|^(access|refresh)_?token$/i;
/** For `{name, value}` pairs. Matches whole names only, so that a product called "1Password" keeps its row. */
const secretName = /^([a-z]+[ _-]?)?(password|passwd|pwd|secret)$/i;

/** A copy without secrets. Anything nested deeper than a real answer is dropped unread. */
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
