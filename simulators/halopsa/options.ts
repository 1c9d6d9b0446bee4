/** What a test may choose. Everything but `customers`, `clients` and `seed` may also be changed live (`setOption`). */
export interface HaloOptions {
  seed: number;
  /** Companies of the world, of which most are clients already. */
  customers: number;
  clients: 'none' | 'most';
  clientId: string;
  clientSecret: string;
  tenant: string;
  /** With it a token call without `?tenant=` fails like a wrong tenant; a shared auth host behaves so. */
  requireTenant: boolean;
  /** The database behind the tenant, as `InstanceInfo.dbid` shows it: another value is another account. */
  dbid: number;
  callsPerFiveMinutes: number;
  windowMs: number;
  /** Seconds sent as `Retry-After` with a 429. Off by default: nobody has shown that Halo sends it. */
  retryAfter?: number | null;
  tokenSeconds: number;
  /** Space-separated scopes of the application; fixed in a token when it is issued. */
  scope: string;
  /** `page_size` above it is capped in silence. */
  pageCap: number;
  /** Most objects one POST array may hold. */
  maxArray: number;
  /** `drop`: `new_external_link` is ignored in silence. */
  links: 'keep' | 'drop';
  /** `drop`: `notes` are ignored in silence. */
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
  /** `count` is an INT column: fractions are cut. */
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
