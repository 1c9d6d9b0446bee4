import { Readable } from 'node:stream';
import { z } from 'zod';
import {
  type AuditFilter,
  type AuditRow,
  listAudit,
  readAudit,
  verifyAudit,
} from '../../db/audit/queries.ts';
import { actorKinds } from '../../domain/actor.ts';
import type { App, Context } from '../context.ts';
import { listOf, listQuery, toPage } from '../pages.ts';
import { actor, answers, givenInstant, instant } from '../schemas.ts';

const values = z.record(z.string(), z.unknown()).nullable();

const entry = z
  .object({
    seq: z.int().describe('Consecutive, without gaps.'),
    at: instant,
    actor,
    action: z.string().describe('`<what>.<done>`, such as mapping.set.'),
    target: z.object({ kind: z.string(), id: z.string() }),
    integrationId: z.uuid().nullable(),
    importId: z.uuid().nullable(),
    itemId: z.uuid().nullable(),
    before: values,
    after: values.describe('Never a secret; for a changed credential only that it changed.'),
    hash: z.string().describe('SHA-256 over the previous hash and this entry.'),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.output<typeof entry>;

const chain = z
  .object({
    ok: z.boolean(),
    entries: z.int(),
    head: z
      .object({ seq: z.int(), hash: z.string() })
      .nullable()
      .describe('Stored elsewhere, it proves later that no entry up to it was rewritten or cut off.'),
    broken: z
      .object({ seq: z.int(), reason: z.string() })
      .nullable()
      .describe('The first entry that does not verify.'),
  })
  .meta({ id: 'AuditChain' });
export type AuditChain = z.output<typeof chain>;

const word = z.string().trim().min(1).max(400);
const when = givenInstant.optional();
const filters = {
  actorKind: z.enum(actorKinds).optional(),
  actor: word.optional().describe('A name, or the id of a key or session.'),
  action: word.optional().describe('`mapping` for all of them, `mapping.set` for one.'),
  targetKind: word.optional(),
  targetId: word.optional(),
  integrationId: z.uuid().optional(),
  importId: z.uuid().optional(),
  from: when,
  to: when.describe('Before this instant.'),
};

export function auditRoutes(app: App, { db }: Context): void {
  const tags = ['audit'];

  app.get(
    '/audit',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Who changed what, newest first',
        description:
          '`format=ndjson`, or `Accept: application/x-ndjson`, answers all of the filter as lines of JSON, oldest first.',
        tags,
        querystring: listQuery(z.tuple([z.int()]), {
          ...filters,
          format: z.enum(['json', 'ndjson']).optional(),
        }),
        response: answers({ 200: listOf(entry) }),
      },
    },
    async ({ query: { limit, cursor = null, format, ...filter }, headers }, reply) => {
      const lines = format === 'ndjson' || (!format && /^application\/x-ndjson\b/.test(headers.accept ?? ''));
      if (!lines)
        return toPage(
          await listAudit(db.sql, filter, { limit, after: cursor }),
          limit,
          (row) => [row.seq],
          show,
        );
      return reply
        .type('application/x-ndjson; charset=utf-8')
        .header('content-disposition', 'attachment; filename="audit.ndjson"')
        .send(Readable.from(linesOf(filter)) as never);
    },
  );

  app.get(
    '/audit/verification',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Check that the audit is unchanged',
        description: 'Recomputes the hash of every entry. `npm run audit:verify` does the same.',
        tags,
        response: answers({ 200: chain }),
      },
    },
    async () => await verifyAudit(db.sql),
  );

  async function* linesOf(filter: AuditFilter): AsyncGenerator<string> {
    for await (const rows of readAudit(db.sql, filter))
      yield rows.map((row) => `${JSON.stringify(show(row))}\n`).join('');
  }
}

const show = ({ at, ...row }: AuditRow): AuditEntry => ({ ...row, at: at.toISOString() });
