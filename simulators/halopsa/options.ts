/** Options of a test. All except `customers`, `clients` and `seed` can also be changed at run time (`setOption`). */
export interface HaloOptions {
  seed: number;
  /** Companies of the world, of which most are clients already. */
  customers: number;
  clients: 'none' | 'most';
  clientId: string;
  clientSecret: string;
  tenant: string;
  /** If set, a token request without `?tenant=` fails like a wrong tenant, as on a shared auth host. */
  requireTenant: boolean;
  /** The database behind the tenant, as `InstanceInfo.dbid` shows it: another value is another account. */
  dbid: number;
  callsPerFiveMinutes: number;
  windowMs: number;
  /** The `Retry-After` of a 429, in seconds. Off by default: it is not known that Halo sends it. */
  retryAfter?: number | null;
  tokenSeconds: number;
  /** Space-separated scopes of the application; fixed in a token when it is issued. */
  scope: string;
  /** A larger `page_size` is silently capped. */
  pageCap: number;
  /** The most objects in one POST array. */
  maxArray: number;
  /** `drop`: `new_external_link` is silently ignored. */
  links: 'keep' | 'drop';
  /** `drop`: `notes` are silently ignored. */
  notes: 'keep' | 'drop';
  /** `list`: licence list rows carry `notes` too. */
  licenceNotes: 'full' | 'list';
  replyShape: 'object-or-array' | 'always-array' | 'envelope' | 'first-only' | 'shuffled';
  partialBatch: 'all-or-nothing' | 'keep-good';
  agentVisibility: 'all' | 'none';
  agentShape: 'results' | 'array';
  /** Whether a partial `delivery_address` replaces the stored one or is merged into it. */
  address: 'replace' | 'merge';
  /** Decimals at which stored money is rounded. */
  moneyPlaces: number;
  /** `count` is an INT column: fractions are truncated. */
  integerCount: boolean;
}

export const defaults: HaloOptions = {
  seed: 1,
  customers: 300,
  clients: 'most',
  clientId: 'halo-demo',
  clientSecret: 'halo-demo-secret',
  tenant: 'demo',
  requireTenant: false,
  dbid: 4711,
  callsPerFiveMinutes: 700,
  windowMs: 300_000,
  tokenSeconds: 3600,
  scope: 'all',
  pageCap: 100,
  maxArray: 50,
  links: 'keep',
  notes: 'keep',
  licenceNotes: 'full',
  replyShape: 'object-or-array',
  partialBatch: 'all-or-nothing',
  agentVisibility: 'all',
  agentShape: 'results',
  address: 'replace',
  moneyPlaces: 4,
  integerCount: false,
};
