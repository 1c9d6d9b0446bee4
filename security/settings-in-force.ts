/** The settings in force, as shown to people: of a secret only that it is set. */
export interface SettingInForce {
  name: string;
  /** null if not set, or secret. */
  value: string | null;
  source: 'environment' | 'default';
  secret: boolean;
}

const secrets = ['TRIBUTARY_KEYS', 'TRIBUTARY_API_KEY'];

/** `given` is the environment, `used` includes the defaults. */
export function settingsInForce(
  given: Record<string, string | undefined>,
  used: Record<string, unknown>,
): SettingInForce[] {
  return Object.keys(used).map((name) => {
    const secret = secrets.includes(name);
    const value = used[name];
    return {
      name,
      value: secret || value === undefined || value === null ? null : withoutPassword(String(value)),
      source: given[name] === undefined ? 'default' : 'environment',
      secret,
    };
  });
}

/** Removes user and password from a URL. */
function withoutPassword(value: string): string {
  if (!URL.canParse(value) || !/^[a-z]+:\/\//.test(value)) return value;
  const url = new URL(value);
  url.username = '';
  url.password = '';
  // Libraries read passwords from the query too.
  url.search = '';
  return url.toString();
}
