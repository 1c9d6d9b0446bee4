import { z } from 'zod';
import type { ChangeKind, OrderState, Wanted } from '../domain/change.ts';
import type { ChargeDocument } from '../domain/charges.ts';
import type { Address, Client, Customer } from '../domain/customer.ts';
import type { CustomerNeed } from '../domain/customer-needs.ts';
import type { Licence, LicenceFields, Link, NewLink } from '../domain/licence.ts';
import type { Subscription } from '../domain/subscription.ts';
import type { WholeAnswer, WholeRequest } from './fetch-whole.ts';
import type { Patience } from './retry.ts';

/**
 * What every connector implements. A connector is a folder with the same file names: `definition.ts` (what it is; no
 * I/O), `wire.ts` (the outside system's shapes and how they become ours), `client.ts` (its requests and errors) and
 * `index.ts` (the connector). It imports `domain` only; everything that does I/O is passed in.
 */
export type DistributorKind = 'arrowsphere' | 'streamone-ion' | 'streamone-stellr';
export type DestinationKind = 'halopsa' | 'work365';
export type Kind = DistributorKind | DestinationKind;

export interface Definition {
  kind: Kind;
  name: string;
  role: 'distributor' | 'destination';
  /** For a destination: we write to it (`push`), or it reads from us (`pull`). */
  flow?: 'push' | 'pull';
  /** For a distributor: its name in a licence's `distributor` field. */
  distributorName?: string;
  /** `static`: no token; `client-credentials`: requested when needed; `rotating`: renewed only by the token keeper. */
  auth: 'static' | 'client-credentials' | 'rotating';
  /** Validates and normalises; unknown keys are refused. */
  settings: z.ZodType;
  credentials: z.ZodType;
  capabilities: string[];
  /** For a distributor: how many subscriptions a page of its list holds. */
  pageSize?: number;
  /** For a distributor: the changes that can be ordered. */
  changes?: readonly ChangeKind[];
  /** The fields it requires for a new customer, besides the name. */
  customerNeeds?: readonly CustomerNeed[];
  /** The fields of a customer's record, as listed, that hold its tax number. */
  taxNumberFields?: readonly string[];
  /** The call budget, shared by all connections to the same host and tenant. */
  budget?(settings: never): Budget;
}

export interface Budget {
  /** `<host>/<tenant>` */
  key: string;
  calls: number;
  seconds: number;
}

/** Settings that every distributor has. */
export const rateSettings = {
  maxInFlight: z.number().int().min(1).max(32).default(4).describe('Concurrent requests.'),
  callsPerSecond: z.number().min(0.1).max(1000).default(5).describe('Requests started per second.'),
};

/** A base URL without a trailing slash; https, or http if the installation allows it for loopback. */
export const baseUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
  .transform((url) => url.replace(/\/+$/, ''));

export interface ConnectorContext<Settings = unknown, Credentials = unknown> {
  settings: Settings;
  credentials: Credentials;
  /**
   * Paced, within the call budget, guarded against private targets, aborted by `signal`. `timeoutMs` counts from when
   * the request is sent, not while waiting for a slot.
   */
  fetch(url: string, request: WholeRequest): Promise<WholeAnswer>;
  /** The access token; `insteadOf` is one the outside system has just refused. */
  token(options?: { insteadOf?: string }): Promise<string>;
  signal: AbortSignal;
  log: Log;
  /** How reads are retried; as for an import by default. */
  patience?: Patience;
}

/** Structured log lines; never a body, a header or a name. */
export interface Log {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}

// --- Testing -------------------------------------------------------------------------------------------------

export interface TestStep {
  name: string;
  state: 'passed' | 'warning' | 'failed' | 'skipped';
  /** What was found and, unless the step passed, what to do. */
  message: string;
}

export interface TestReport {
  steps: TestStep[];
  /** The account behind the credentials; null if unknown. */
  identity: string | null;
}

export interface Connector<S = never, C = never> {
  definition: Definition;
  /** Never throws for anything the outside system answers: every failure is a step. Throws only when aborted. */
  test(context: ConnectorContext<S, C>): Promise<TestReport>;
  /** The account behind the credentials, as `test` names it, with few calls; null if the system does not tell it. */
  identity(context: ConnectorContext<S, C>): Promise<string | null>;
  /** Calls the token endpoint. Absent for `static`. `refreshToken` is passed for `rotating`. */
  exchange?(context: Omit<ConnectorContext<S, C>, 'token'>, refreshToken?: string): Promise<TokenAnswer>;
}

export interface TokenAnswer {
  accessToken: string;
  expiresInSeconds: number;
  /** For a rotating token. */
  refreshToken?: string;
  refreshExpiresInSeconds?: number;
  /** The scopes granted, if the answer names them. */
  scope?: string;
}

// --- Listing -------------------------------------------------------------------------------------------------

export interface ListRequest {
  /** The customer whose records are listed; null for the whole account. */
  scope: string | null;
  /** null for the first page, else the `next` of an earlier page. */
  cursor: string | null;
}

export interface ListPage<Row> {
  records: Unread<Row>[];
  /** How many records the source says this scope has; null if it does not say. */
  declared: number | null;
  /** The next page's cursor; null on the last page. */
  next: string | null;
  /** Set if pages are numbered and their count is known: cursors `1`…`pages` may be requested in any order. */
  pages: number | null;
}

/**
 * A record as received. If its id and raw text are already known, it is not parsed again; `id` is null if it cannot be
 * determined, or if the record must always be parsed.
 */
export interface Unread<Row> {
  id: string | null;
  raw: unknown;
  read(): Listed<Row>;
}

/** A record, or one that could not be read (`id` is null if not even its id could). `raw` holds no secret. */
export type Listed<Row> =
  | { id: string; raw: unknown; row: Row }
  | { id: string | null; raw: unknown; problem: string };

export interface Listing<Row, S = never, C = never> {
  /** Whether to list the whole account at once or customer by customer; `chosen`: the requested customers or null. */
  scopes(context: ConnectorContext<S, C>, chosen: string[] | null): Promise<'account' | 'customer'>;
  /** Throws a `Failure`, of kind `bad-answer` if the envelope cannot be read. */
  page(context: ConnectorContext<S, C>, request: ListRequest): Promise<ListPage<Row>>;
}

export interface Distributor<S = never, C = never> extends Connector<S, C> {
  customers: Listing<Customer, S, C>;
  subscriptions: Listing<Subscription, S, C>;
  /** Absent if no changes can be ordered. */
  changes?: Changes<S, C>;
  /** Absent where no charges can be read. */
  charges?: Charges<S, C>;
}

// --- Charges of a distributor --------------------------------------------------------------------------------

export interface Charges<S = never, C = never> {
  /**
   * The documents of a month (`YYYY-MM`) one after the other, each with its lines; those in `known` are passed over, as
   * they were read before. A `forbidden` or `not-found` Failure says that charges are not offered to these credentials.
   */
  documents(
    context: ConnectorContext<S, C>,
    month: string,
    known: ReadonlySet<string>,
  ): AsyncGenerator<ChargeDocument>;
}

// --- Changes at a distributor --------------------------------------------------------------------------------

/** One change, as ordered from a distributor. */
export interface Order {
  kind: ChangeKind;
  customerId: string | null;
  /** null for a new subscription. */
  subscriptionId: string | null;
  wanted: Wanted;
  /** Our own unique reference, by which the order is found if its answer was lost. */
  reference: string;
  /** The subscription's record as last listed; for a new one, that of a subscription of the same product. */
  record: unknown;
  /** For a new subscription: the customer's internet domain. */
  domain: string | null;
}

export interface OrderAnswer {
  /** The distributor's id of the order; null if it has none. */
  operation: string | null;
  state: OrderState;
  /** The reason for a failed or partly filled order: a code or a sentence without personal data. */
  message: string | null;
  /** The distributor's id of the created customer or subscription, if the answer has it. */
  made?: string | null;
}

export interface Changes<S = never, C = never> {
  /** Sent once and never retried here; a lost answer is an `ambiguous` Failure. */
  place(context: ConnectorContext<S, C>, order: Order): Promise<OrderAnswer>;
  status(context: ConnectorContext<S, C>, order: Order, operation: string): Promise<OrderAnswer>;
  /** Changes that are orders with our reference, so that one that is not found was not placed. */
  findable?: readonly ChangeKind[];
  /** The order that carries the reference, or null; absent if orders cannot be searched. */
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
  /** Written to `notes` if external links are known not to be kept. */
  marker: string | null;
}

export interface NewLicence {
  clientId: string;
  fields: LicenceFields;
  link: NewLink;
  marker: string | null;
}

/** Only the fields given are written. */
export interface LicenceChange {
  id: string;
  clientId: string;
  fields: Partial<LicenceFields>;
  /** Set when a licence that stood there before becomes ours. */
  link?: NewLink;
}

/** Rows as the destination returned them, in its order. */
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
  /** The most records in one write. */
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
  /** Sets the newer of two clients of one customer inactive; nothing is deleted. */
  deactivateClient(context: ConnectorContext<S, C>, id: string): Promise<void>;
  /** One whole record; null if it no longer exists. */
  client(context: ConnectorContext<S, C>, id: string): Promise<(Client & { marker: string | null }) | null>;
  licence(context: ConnectorContext<S, C>, id: string): Promise<Licence | null>;
  /** Links with exactly this third-party id (and type, unless null); the answer is filtered again. */
  linksOf(context: ConnectorContext<S, C>, thirdPartyId: string, type: string | null): Promise<Link[]>;
  /** Read-back without links: clients with this exact name; all of a client's licences, also inactive, read whole. */
  clientsNamed(
    context: ConnectorContext<S, C>,
    name: string,
  ): Promise<(Client & { marker: string | null })[]>;
  licencesOf(context: ConnectorContext<S, C>, clientId: string): Promise<Licence[]>;
  /** The same as listed, therefore without the marker but cheaper; null for a row without an id. */
  licencesListed(context: ConnectorContext<S, C>, clientId: string): Promise<(Licence | null)[]>;
  /**
   * Licences of all clients as listed, with ids above `floor` (null: all). null where that takes more than so many
   * pages, a row shows no id, or the list does not come in the order of ids: then nothing can be said.
   */
  newestLicences(
    context: ConnectorContext<S, C>,
    floor: string | null,
    pages: number,
  ): Promise<Licence[] | null>;
  /** Sent once and never retried here; a lost answer is an `ambiguous` Failure. Returns the ticket's number. */
  createTicket?(context: ConnectorContext<S, C>, ticket: NewTicket): Promise<string>;
  /** The ticket that carries the reference, null when there is none. */
  ticketOf?(context: ConnectorContext<S, C>, reference: string): Promise<string | null>;
}
