import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Database } from '../db/client.ts';
import type { KeyRing } from '../security/key-ring.ts';
import type { SettingInForce } from '../security/settings-in-force.ts';
import { ask, type Question, StillWorking } from '../temporal/ask.ts';
import { Problem } from './problem.ts';
import type { ImportEvents } from './routes/imports/event-stream.ts';

/** What the API is built from. */
export interface Deps {
  db: Database;
  /** A function if the client may be replaced, for example after a reconnect. */
  temporal: Client | (() => Client);
  ring: KeyRing;
  apiKey: string;
  /** The built console (`console/build.ts`); without it, `/` explains how to build it. */
  consoleFolder?: string | null;
  environment: { allowPrivateTargets: boolean; temporalUiUrl: string | null; inForce?: SettingInForce[] };
  log?: FastifyBaseLogger;
}

/** … and what its routes get. */
export interface Context extends Omit<Deps, 'temporal'> {
  temporal(): Client;
  events: ImportEvents;
}

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** A row's count of its changes, or `versionOf` what is replaced as a whole. */
export interface Versioned {
  version: number | string;
}

export const etag = (row: Versioned) => `"${row.version}"`;

/** Of content that counts no versions: the same for equal content. */
export const versionOf = (content: unknown): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 16);

interface Precondition {
  'if-match'?: string | undefined;
  'if-none-match'?: string | undefined;
}

/** Refuses a change if the caller has seen another version. `row` is null if there is nothing now. */
export function requireMatch(headers: Precondition, row: Versioned | null): void {
  const { 'if-match': match, 'if-none-match': none } = headers;
  const names = (header: string) =>
    row !== null &&
    (header.trim() === '*' ||
      header
        .split(',')
        .map((tag) => tag.trim().replace(/^W\//, ''))
        .includes(etag(row)));
  if ((match === undefined || names(match)) && (none === undefined || !names(none))) return;
  const now = typeof row?.version === 'number' ? `; it is now version ${row.version}` : '';
  const detail = row ? `Someone else has changed it${now}.` : 'Someone else has removed it.';
  throw new Problem('conflict', detail, { status: 412, headers: row ? { etag: etag(row) } : {} });
}

/** Runs a question's workflow and waits; if it takes too long, the caller learns where the result will appear. */
export async function askHere<Answer>(
  context: Context,
  question: Question,
  location: string,
): Promise<Answer> {
  try {
    return await ask<Answer>(context.temporal(), question);
  } catch (error) {
    if (!(error instanceof StillWorking)) throw error;
    throw new Problem('still-working', 'Still running after 45 seconds. See Location for the result.', {
      headers: { location },
    });
  }
}

export const withEtag = <Reply extends FastifyReply>(reply: Reply, row: Versioned): Reply =>
  reply.header('etag', etag(row)) as Reply;
