/** What an installation runs with, for people: a secret is said to be set, never shown. */
export interface SettingInForce {
  name: string;
  /** null: not set, or a secret. */
  value: string | null;
  source: 'environment' | 'default';
  secret: boolean;
}

const secrets = ['TRIBUTARY_KEYS', 'TRIBUTARY_API_KEY'];

/** `given` as it stands in the environment, `used` with the defaults. */
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

/** Of a URL, user and password. */
function withoutPassword(value: string): string {
  if (!URL.canParse(value) || !/^[a-z]+:\/\//.test(value)) return value;
  const url = new URL(value);
  url.username = '';
  url.password = '';
  // Libraries read passwords from there too.
  url.search = '';
  return url.toString();
}
