import { finding, findingKey } from '../../domain/findings/finding.ts';
import type { Sql } from '../client.ts';
import { report } from './lifecycle.ts';

const kind = 'customers-not-listed';
const shown = 50;

/** One finding for all customers that could not be listed, for sources listed customer by customer. */
export async function reportUnlisted(sql: Sql, importId: string): Promise<void> {
  const rows = await sql<{ customerId: string; name: string | null; problem: string }[]>`
    select s.scope as "customerId", k.name, s.problem from imports i
    join collections c on c.id = i.collection_id
    join collection_scopes s on s.collection_id = c.id and s.attempt = c.attempt and s.state = 'failed'
    left join customers k on k.connection_id = c.connection_id and k.id = s.scope
    where i.id = ${importId} order by s.scope`;
  const [run] = await sql<{ integrationId: string; whole: boolean }[]>`
    select i.integration_id as "integrationId", c.kind = 'subscriptions' and c.customer_ids is null as whole
    from imports i join collections c on c.id = i.collection_id where i.id = ${importId}`;
  if (!run) return;
  const key = findingKey(kind, run.integrationId);
  if (rows.length > 0) {
    await report(sql, [
      finding(kind, {
        integrationId: run.integrationId,
        importId,
        count: rows.length,
        customers: rows.slice(0, shown),
      }),
    ]);
  } else if (run.whole) {
    await sql`
      update findings set state = 'resolved', resolved_at = now(), muted_until = null,
        resolution = ${JSON.stringify({ by: 'import', importId })}::text::jsonb
      where key = ${key} and state <> 'resolved'`;
  }
}
