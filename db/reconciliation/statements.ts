import { v7 as uuid } from 'uuid';
import type { Actor } from '../../domain/actor.ts';
import { record } from '../audit/audit.ts';
import type { Sql } from '../client.ts';
import { inIds } from '../sql.ts';
import type { Reconciliation } from './reconcile.ts';

/** A month's frozen reconciliation: the database refuses to change or delete it. */
export interface Statement {
  id: string;
  integrationId: string;
  /** `YYYY-MM`, in the integration's zone. */
  month: string;
  createdAt: Date;
  createdBy: string;
  reconciliation: Reconciliation;
}

/** When a month ends in a zone, and whether it has ended. */
export async function monthEnd(
  sql: Sql,
  month: string,
  timeZone: string,
): Promise<{ end: Date; over: boolean }> {
  const [row] = await sql<{ end: Date; over: boolean }[]>`
    select at as "end", at <= now() as over
    from (select ((${`${month}-01`}::date + interval '1 month')::timestamp at time zone ${timeZone}) as at) m`;
  return row!;
}

/** If two freeze the same month at once, the first one wins. */
export async function freeze(
  sql: Sql,
  { integrationId, month, reconciliation }: Pick<Statement, 'integrationId' | 'month' | 'reconciliation'>,
  by: Actor,
): Promise<Statement> {
  const id = uuid();
  await sql.begin(async (tx) => {
    const { count } = await tx`
      insert into statements (id, integration_id, month, created_by, reconciliation)
      values (${id}, ${integrationId}, ${month}, ${by.name}, ${JSON.stringify(reconciliation)}::text::jsonb)
      on conflict (integration_id, month) do nothing`;
    const entry = { target: ['statement', id] as const, integrationId, after: { month } };
    if (count > 0) await record(tx, by, { action: 'statement.freeze', ...entry });
  });
  return (await statementOf(sql, integrationId, month))!;
}

export interface DueStatement {
  integrationId: string;
  month: string;
  end: Date;
}

/**
 * Integrations whose last month is over in their zone and has no statement, where both sides had been listed by then.
 * `kinds`: destinations that can be compared with.
 */
export async function dueStatements(sql: Sql, kinds: readonly string[]): Promise<DueStatement[]> {
  const listed = (connection: string, kind: string) => sql`exists (
    select 1 from collections c where c.connection_id = m.${sql(connection)} and c.kind = ${kind}
      and c.state in ('complete', 'incomplete') and c.started_at < m.at)`;
  return await sql<DueStatement[]>`
    select m.id as "integrationId", m.month, m.at as "end" from (
      select n.id, n.source_id, n.destination_id, to_char(l.start - interval '1 day', 'YYYY-MM') as month, l.start at time zone l.zone as at
      from integrations n join connections d on d.id = n.destination_id
      cross join lateral (select n.options ->> 'timeZone' as zone,
        date_trunc('month', now() at time zone (n.options ->> 'timeZone')) as start) l
      where n.deleted_at is null and d.kind in ${inIds(sql, kinds)} and n.created_at < l.start at time zone l.zone
    ) m
    where not exists (select 1 from statements s where s.integration_id = m.id and s.month = m.month)
      and ${listed('source_id', 'subscriptions')} and ${listed('destination_id', 'licences')}
    order by m.id`;
}

const columns = (sql: Sql) =>
  sql`id, integration_id as "integrationId", month, created_at as "createdAt", created_by as "createdBy"`;

export async function statementOf(sql: Sql, integrationId: string, month: string): Promise<Statement | null> {
  const [row] = await sql<Statement[]>`
    select ${columns(sql)}, reconciliation from statements where integration_id = ${integrationId} and month = ${month}`;
  return row ?? null;
}

export async function getStatement(sql: Sql, id: string): Promise<Statement | null> {
  const [row] = await sql<
    Statement[]
  >`select ${columns(sql)}, reconciliation from statements where id = ${id}`;
  return row ?? null;
}

/** An integration's statements, newest first, with their sums only. */
export async function listStatements(
  sql: Sql,
  integrationId: string,
  { limit, after }: { limit: number; after: string | null },
): Promise<(Omit<Statement, 'reconciliation'> & Pick<Reconciliation, 'state' | 'summary'>)[]> {
  return await sql`
    select ${columns(sql)}, reconciliation ->> 'state' as state, reconciliation -> 'summary' as summary from statements
    where integration_id = ${integrationId} and (${after}::text is null or month < ${after})
    order by month desc limit ${limit + 1}`;
}
