/**
 * What went wrong at an outside system, translated once by its connector. Whoever catches it knows whether to
 * retry, when, and what a person should do; nothing else of the upstream's answer travels further.
 */
export type FailureKind =
  /** No connection could be made, or it broke. */
  | 'unreachable'
  /** Faults of the way there; nothing was sent. TLS failed, mostly over a certificate … */
  | 'certificate'
  /** … the proxy named by HTTPS_PROXY or HTTP_PROXY did not let us through … */
  | 'proxy'
  /** … or the host's name has no address here. */
  | 'name-lookup'
  /** What answered is not the system asked: a page or redirect of a gateway, firewall or portal in between. */
  | 'intermediary'
  /** The answer is larger than the limit. */
  | 'too-large'
  | 'timeout'
  /** The credentials were refused. */
  | 'unauthorised'
  /** The credentials are good but lack a permission. */
  | 'forbidden'
  /** A rotating token is spent or revoked: a person must enter a new one. */
  | 'reauth-required'
  | 'not-found'
  /** The upstream refused what we sent. */
  | 'invalid'
  | 'rate-limited'
  /** 5xx, or an outage the upstream names. */
  | 'unavailable'
  /** The answer cannot be read: not JSON, or not the envelope its contract names. */
  | 'bad-answer'
  /** The credentials belong to another account than the connection. */
  | 'different-account'
  /** Tributary's own database, Temporal or another of its workers was not ready; nothing was sent. */
  | 'internal';

/** Faults of the way to the host, whoever the host is: nothing was sent. */
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

export interface FailureDetails {
  /** HTTP status, where there was an answer. */
  status?: number;
  /** The upstream's own correlation id, for its support. */
  reference?: string;
  /** What the operator does next, one sentence. */
  remedy?: string;
  /** The upstream's wish, in milliseconds. */
  retryAfterMs?: number;
  /** Overrides the kind's rule of whether a retry makes sense. */
  retryable?: boolean;
  /**
   * For writes: the request may have been carried out although no answer came (`dropped` connection or
   * `timeout`), so reading back decides. Absent when the upstream certainly refused or never saw it.
   */
  ambiguous?: 'dropped' | 'timeout';
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
