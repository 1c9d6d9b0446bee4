import { z } from 'zod';
import type { ChangeKind, OrderState, Wanted } from '../domain/change.ts';
import type { Address, Client, Customer } from '../domain/customer.ts';
import type { Licence, LicenceFields, Link, NewLink } from '../domain/licence.ts';
import type { Subscription } from '../domain/subscription.ts';
import type { WholeAnswer, WholeRequest } from './fetch-whole.ts';
import type { Patience } from './retry.ts';

/**
 * What every connector promises. A connector is a folder with the same files: `definition.ts` (what it is; no I/O),
 * `wire.ts` (the upstream's shapes and how they become ours), `client.ts` (its requests and errors) and `index.ts`
 * (the connector). It imports `domain` only and is handed everything that touches the world.
 */
export type DistributorKind = 'arrowsphere' | 'streamone-ion' | 'streamone-stellr';
export type DestinationKind = 'halopsa' | 'work365';
export type Kind = DistributorKind | DestinationKind;

export interface Definition {
  kind: Kind;
  name: string;
  role: 'distributor' | 'destination';
  /** Of a destination: we write to it (`push`), or it reads from us (`pull`). */
  flow?: 'push' | 'pull';
  /** The text in a licence's `distributor`, of a distributor. */
  distributorName?: string;
  /** `static`: no token; `client-credentials`: asked for when needed; `rotating`: only the token keeper may. */
  auth: 'static' | 'client-credentials' | 'rotating';
  /** Validates and normalises; unknown keys are refused. */
  settings: z.ZodType;
  credentials: z.ZodType;
  capabilities: string[];
  /** Changes that can be placed, of a distributor. */
  changes?: readonly ChangeKind[];
  /** The call budget this connection shares with others of the same host and tenant. */
  budget?(settings: never): Budget;
}

export interface Budget {
  /** `<host>/<tenant>` */
  key: string;
  calls: number;
  seconds: number;
}

/** Settings of every distributor. */
export const rateSettings = {
  maxInFlight: z.number().int().min(1).max(32).default(4).describe('Requests under way at once.'),
  callsPerSecond: z.number().min(0.1).max(1000).default(5).describe('Requests begun a second.'),
};

/** A base URL without trailing slash; https, or http where the installation allows loopback. */
export const baseUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
  .transform((url) => url.replace(/\/+$/, ''));

export interface ConnectorContext<Settings = unknown, Credentials = unknown> {
  settings: Settings;
  credentials: Credentials;
  /**
   * Paced, inside the call budget, guarded against private targets, ended by `signal`. `timeoutMs` is counted from
   * when the request is sent: waiting for a slot is no timeout.
   */
  fetch(url: string, request: WholeRequest): Promise<WholeAnswer>;
  /** The access token; `insteadOf` names one the upstream has just refused. */
  token(options?: { insteadOf?: string }): Promise<string>;
  signal: AbortSignal;
  log: Log;
  /** How long one read is stood by; an import's unless given. */
  patience?: Patience;
}

/** Structured lines; never a body, a header or a name. */
export interface Log {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}

// --- Testing -------------------------------------------------------------------------------------------------

export interface TestStep {
  name: string;
  state: 'passed' | 'warning' | 'failed' | 'skipped';
  /** What was found and, unless it passed, what to do. */
  message: string;
}

export interface TestReport {
  steps: TestStep[];
  /** The account behind the credentials, null when it could not be learnt. */
  identity: string | null;
}

export interface Connector<S = never, C = never> {
  definition: Definition;
  /** Never throws for what the upstream says: every failure is a step. Throws only when aborted. */
  test(context: ConnectorContext<S, C>): Promise<TestReport>;
  /** The account behind the credentials, as `test` names it, asked with few calls; null where the system does not tell. */
  identity(context: ConnectorContext<S, C>): Promise<string | null>;
  /** Asks the token endpoint. Absent for `static`. `refreshToken` is given for `rotating`. */
  exchange?(context: Omit<ConnectorContext<S, C>, 'token'>, refreshToken?: string): Promise<TokenAnswer>;
}

export interface TokenAnswer {
  accessToken: string;
  expiresInSeconds: number;
  /** Of a rotating token. */
  refreshToken?: string;
  refreshExpiresInSeconds?: number;
  /** Scopes granted, where the answer says. */
  scope?: string;
}

// --- Listing -------------------------------------------------------------------------------------------------

export interface ListRequest {
  /** The customer whose records are listed, null for the whole account. */
  scope: string | null;
  /** null for the first page; else what an earlier page answered. */
  cursor: string | null;
}

export interface ListPage<Row> {
  records: Unread<Row>[];
  /** How many records the source says there are in this scope; null where it says nothing. */
  declared: number | null;
  /** The next page's cursor, null on the last. */
  next: string | null;
  /** Where pages are numbered and their count is known: cursors `1`…`pages` may be asked for in any order. */
  pages: number | null;
}

/**
 * A record as it came. One whose id and raw text are known already is never read; `id` is null where it cannot be made
 * out, and where the record must be read all the same.
 */
export interface Unread<Row> {
  id: string | null;
  raw: unknown;
  read(): Listed<Row>;
}

/** A record, or one that could not be read (`id` null when not even its id could). `raw` holds no secret. */
export type Listed<Row> =
  | { id: string; raw: unknown; row: Row }
  | { id: string | null; raw: unknown; problem: string };

export interface Listing<Row, S = never, C = never> {
  /** Whether to list the account at once or customer by customer; `chosen` are the customers asked for, null for all. */
  scopes(context: ConnectorContext<S, C>, chosen: string[] | null): Promise<'account' | 'customer'>;
  /** Throws a `Failure`; a `bad-answer` one when the envelope cannot be read. */
  page(context: ConnectorContext<S, C>, request: ListRequest): Promise<ListPage<Row>>;
}

export interface Distributor<S = never, C = never> extends Connector<S, C> {
  customers: Listing<Customer, S, C>;
  subscriptions: Listing<Subscription, S, C>;
  /** Absent where nothing can be changed. */
  changes?: Changes<S, C>;
}

// --- Changes at a distributor --------------------------------------------------------------------------------

/** One change as a distributor is asked for it. */
export interface Order {
  kind: ChangeKind;
  customerId: string | null;
  /** null of what is new. */
  subscriptionId: string | null;
  wanted: Wanted;
  /** Ours, unique: what the order is found by when its answer was lost. */
  reference: string;
}

export interface OrderAnswer {
  /** The distributor's own id of the order; null where it names none. */
  operation: string | null;
  state: OrderState;
  /** What it says of a failed or partly filled order: a code or a sentence without personal data. */
  message: string | null;
}

export interface Changes<S = never, C = never> {
  /** Sent once and never retried here; a lost answer is an `ambiguous` Failure. */
  place(context: ConnectorContext<S, C>, order: Order): Promise<OrderAnswer>;
  status(context: ConnectorContext<S, C>, order: Order, operation: string): Promise<OrderAnswer>;
  /** The order that carries the reference, null when there is none; absent where orders cannot be searched. */
  find?(context: ConnectorContext<S, C>, order: Order): Promise<OrderAnswer | null>;
}

// --- Writing -------------------------------------------------------------------------------------------------

export interface NewClient {
  name: string;
  topLevelId: string | null;
  address: Address | null;
  phone: string | null;
  domain: string | null;
  link: NewLink;
  /** Written to `notes` when external links are known not to stay. */
  marker: string | null;
}

export interface NewLicence {
  clientId: string;
  fields: LicenceFields;
  link: NewLink;
  marker: string | null;
}

/** Only the fields named are written. */
export interface LicenceChange {
  id: string;
  clientId: string;
  fields: Partial<LicenceFields>;
}

/** Rows as the destination returned them, in the order they were returned. */
export type Written<Row> = Row[];

export interface Offer {
  id: string;
  name: string;
}

export interface Agent extends Offer {
  email: string | null;
  disabled: boolean;
}

export interface NewTicket {
  /** Ours, part of the summary: what the ticket is found by when its answer was lost. */
  reference: string;
  summary: string;
  details: string;
  clientId: string;
  ticketTypeId: string | null;
  priorityId: string | null;
  team: string | null;
}

export interface PushDestination<S = never, C = never> extends Connector<S, C> {
  /** Objects a write may carry. */
  batchSize(settings: S): number;
  clients: Listing<Client, S, C>;
  licences: Listing<Licence, S, C>;
  links: Listing<Link, S, C>;
  topLevels(context: ConnectorContext<S, C>): Promise<Offer[]>;
  agents(context: ConnectorContext<S, C>): Promise<Agent[]>;
  createClient(context: ConnectorContext<S, C>, client: NewClient): Promise<Written<Client>>;
  createLicences(context: ConnectorContext<S, C>, licences: NewLicence[]): Promise<Written<Licence>>;
  updateLicences(context: ConnectorContext<S, C>, changes: LicenceChange[]): Promise<Written<Licence>>;
  updateSiteAddress(
    context: ConnectorContext<S, C>,
    site: { clientId: string; siteId: string; address: Address },
  ): Promise<void>;
  /** Of two clients made for one customer, the newer is set inactive; nothing is deleted. */
  deactivateClient(context: ConnectorContext<S, C>, id: string): Promise<void>;
  /** One record read whole; null when it is gone. */
  client(context: ConnectorContext<S, C>, id: string): Promise<(Client & { marker: string | null }) | null>;
  licence(context: ConnectorContext<S, C>, id: string): Promise<Licence | null>;
  /** Links with exactly this third-party id (and type, unless null), filters re-checked on what comes back. */
  linksOf(context: ConnectorContext<S, C>, thirdPartyId: string, type: string | null): Promise<Link[]>;
  /** Read-back without links: clients whose name is equal, and a client's licences, read whole, inactive ones included. */
  clientsNamed(
    context: ConnectorContext<S, C>,
    name: string,
  ): Promise<(Client & { marker: string | null })[]>;
  licencesOf(context: ConnectorContext<S, C>, clientId: string): Promise<Licence[]>;
  /** Sent once and never retried here; a lost answer is an `ambiguous` Failure. Returns the ticket's number. */
  createTicket?(context: ConnectorContext<S, C>, ticket: NewTicket): Promise<string>;
  /** The ticket that carries the reference, null when there is none. */
  ticketOf?(context: ConnectorContext<S, C>, reference: string): Promise<string | null>;
}
