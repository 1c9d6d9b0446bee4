/**
 * What went wrong at an outside system, translated once by its connector. It tells the caller whether and when to retry
 * and what a person should do; nothing else of the outside system's answer is passed on.
 */
export type FailureKind =
  /** No connection could be made, or it broke. */
  | 'unreachable'
  /** These four failed before anything was sent. TLS failed, usually because of a certificate … */
  | 'certificate'
  /** … the proxy named by HTTPS_PROXY or HTTP_PROXY refused … */
  | 'proxy'
  /** … or the host name could not be resolved. */
  | 'name-lookup'
  /** A gateway, firewall or portal answered instead of the system, with a page or redirect. */
  | 'intermediary'
  /** The answer is larger than the limit. */
  | 'too-large'
  | 'timeout'
  /** The credentials were refused. */
  | 'unauthorised'
  /** The credentials are valid but lack a permission. */
  | 'forbidden'
  /** A rotating token is spent or revoked: a person must enter a new one. */
  | 'reauth-required'
  | 'not-found'
  /** The outside system refused the request. */
  | 'invalid'
  | 'rate-limited'
  /** 5xx, or an outage reported by the outside system. */
  | 'unavailable'
  /** The answer cannot be read: not JSON, or not the documented envelope. */
  | 'bad-answer'
  /** The credentials belong to another account than the connection's. */
  | 'different-account'
  /** Tributary's own database, Temporal or another of its workers was not ready; nothing was sent. */
  | 'internal';

/** Network failures before the request was sent, whatever the host. */
export const wayFaults: readonly FailureKind[] = ['unreachable', 'certificate', 'proxy', 'name-lookup'];

const retried = new Set<FailureKind>([
  ...wayFaults,
  'timeout',
  'rate-limited',
  'unavailable',
  'intermediary',
  'too-large',
  'bad-answer',
  'internal',
]);

export type Ambiguity = 'dropped' | 'timeout' | 'answered';

export interface FailureDetails {
  /** HTTP status, if there was an answer. */
  status?: number;
  /** The outside system's correlation id, for its support. */
  reference?: string;
  /** What the operator should do next, in one sentence. */
  remedy?: string;
  /** The pause the outside system asked for, in milliseconds. */
  retryAfterMs?: number;
  /** Overrides whether this kind can be retried. */
  retryable?: boolean;
  /**
   * For writes: the request may have been carried out although its answer was lost (`dropped` connection or `timeout`)
   * or reports an error of the server (`answered`: nothing is in transit any more), so a read-back decides. Absent if it
   * was certainly refused or never received.
   */
  ambiguous?: Ambiguity;
}

export class Failure extends Error {
  override readonly name = 'Failure';
  readonly kind: FailureKind;
  readonly details: FailureDetails;

  constructor(kind: FailureKind, message: string, details: FailureDetails = {}) {
    super(message);
    this.kind = kind;
    this.details = details;
  }

  get retryable(): boolean {
    return this.details.retryable ?? retried.has(this.kind);
  }
}
