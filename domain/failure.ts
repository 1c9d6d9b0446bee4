/**
 * What went wrong at an outside system, translated once by its connector. Whoever catches it knows whether to
 * retry, when, and what a person should do; nothing else of the upstream's answer travels further.
 */
export type FailureKind =
  /** No connection could be made, or it broke. */
  | 'unreachable'
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

const retried = new Set<FailureKind>([
  'unreachable',
  'timeout',
  'rate-limited',
  'unavailable',
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
