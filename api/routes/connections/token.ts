import { WorkflowNotFoundError } from '@temporalio/client';
import { z } from 'zod';
import { record } from '../../../db/audit/audit.ts';
import { type ConnectionRow, getConnection } from '../../../db/connections/connections.ts';
import { readToken } from '../../../db/connections/tokens.ts';
import { within } from '../../../temporal/client.ts';
import { tokenWorkflowId } from '../../../temporal/ids.ts';
import { resumeWith, wakeKeeperWith } from '../../../temporal/token-keeper.ts';
import type { App, Context } from '../../context.ts';
import { found, Problem } from '../../problem.ts';
import { answers, idParams, instant } from '../../schemas.ts';
import { definitionFor } from './input.ts';

const token = z
  .object({
    state: z.enum(['ok', 'refreshing', 'reauth_required']),
    version: z.int().describe('0 before the first exchange.'),
    accessExpiresAt: instant.nullable(),
    refreshExpiresAt: instant.nullable(),
    lastRotatedAt: instant.nullable(),
  })
  .meta({ id: 'Token' });

export type Token = z.output<typeof token>;

export function tokenRoutes(app: App, context: Context): void {
  const tags = ['connections'];

  app.get(
    '/connections/:id/token',
    {
      config: { access: 'read' },
      schema: { summary: 'The state of a token', tags, params: idParams, response: answers({ 200: token }) },
    },
    async ({ params: { id } }) => {
      const row = found(await getConnection(context.db, id), 'connection');
      if (definitionFor(row.kind).auth === 'static')
        throw new Problem('not-applicable', `A ${row.kind} connection uses a key, not a token.`);
      return show(await readToken(context.db.sql, id));
    },
  );

  app.post(
    '/connections/:id/token/refresh',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Renew a rotating token',
        tags,
        params: idParams,
        response: answers({ 202: token }),
      },
    },
    async ({ params: { id }, caller }, reply) => {
      const row = found(await getConnection(context.db, id), 'connection');
      if (definitionFor(row.kind).auth !== 'rotating')
        throw new Problem(
          'not-applicable',
          `A ${row.kind} connection requests its tokens when they are needed.`,
        );
      await wakeKeeperWith(context.temporal())(id, { force: true });
      const target = ['connection', id] as const;
      await record(context.db.sql, caller!.actor, { action: 'token.renew', target });
      const now = show(await readToken(context.db.sql, id));
      return reply.code(202).header('location', `/v1/connections/${id}/token`).send(now);
    },
  );
}

/** Credentials were entered: resumes what waits for a new token. Does nothing for other kinds. */
export async function resume(context: Context, connection: ConnectionRow): Promise<void> {
  if (definitionFor(connection.kind).auth !== 'rotating') return;
  await resumeWith(context.temporal(), connection.id);
}

/** Nobody renews the token of a deleted connection. */
export async function stopKeeper(context: Context, connection: ConnectionRow): Promise<void> {
  if (definitionFor(connection.kind).auth !== 'rotating') return;
  const client = context.temporal();
  const handle = client.workflow.getHandle(tokenWorkflowId(connection.id));
  await within(client, () => handle.cancel()).catch((error) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
}

type TokenRow = Awaited<ReturnType<typeof readToken>>;

function show(row: TokenRow): z.output<typeof token> {
  const seen = row && row.version > 0 ? row : null;
  return {
    state: row?.state ?? 'ok',
    version: row?.version ?? 0,
    accessExpiresAt: seen?.accessExpiresAt.toISOString() ?? null,
    refreshExpiresAt: seen?.refreshExpiresAt?.toISOString() ?? null,
    lastRotatedAt: seen?.lastRotatedAt.toISOString() ?? null,
  };
}
