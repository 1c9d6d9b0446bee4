import type { ChannelRow } from '../../db/notices/channels.ts';
import type { NoticeRow } from '../../db/notices/notices.ts';
import type { Deps } from '../deps.ts';

/** What a way of sending is handed. */
export interface Sending {
  deps: Deps;
  channel: ChannelRow;
  /** Opened; {} where the channel has none. */
  credentials: Record<string, string>;
  notice: NoticeRow;
  /** It may have been sent before. */
  again: boolean;
  signal: AbortSignal;
}

export interface Sent {
  /** HTTP or SMTP status. */
  status: number | null;
  /** What happened, one sentence. */
  message: string;
  /** What the other side calls it. */
  reference?: string;
}

/** It was not taken. The message names a host and a status, never an address, a body or a path. */
export class Undelivered extends Error {
  override readonly name = 'Undelivered';
  readonly status: number | null;
  readonly retryAfterMs: number | undefined;
  /** No later try will do. */
  readonly final: boolean;

  constructor(
    message: string,
    {
      status = null,
      retryAfterMs,
      final = false,
    }: { status?: number | null; retryAfterMs?: number; final?: boolean } = {},
  ) {
    super(message);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.final = final;
  }
}

export type Send = (sending: Sending) => Promise<Sent>;

/** Milliseconds for one try. */
export const tryMs = 15_000;
