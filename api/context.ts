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

export const etag = (row: { version: number }) => `"${row.version}"`;

/** Refuses a change if the caller has seen another version. */
export function requireMatch(header: string | undefined, row: { version: number }): void {
  if (header === undefined || header.trim() === '*') return;
  const named = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (!named.includes(etag(row)))
    throw new Problem('conflict', `Someone else has changed it; it is now version ${row.version}.`, {
      status: 412,
      headers: { etag: etag(row) },
    });
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

export const withEtag = <Reply extends FastifyReply>(reply: Reply, row: { version: number }): Reply =>
  reply.header('etag', etag(row)) as Reply;
