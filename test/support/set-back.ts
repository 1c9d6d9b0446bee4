import type { Sql } from '../../db/client.ts';

/**
 * What was listed so far is made to have been listed just before the last month ended, in UTC: its reconciliation can be
 * frozen. Returns the month. A new listing is needed afterwards for what stands now.
 */
export async function setBack(sql: Sql): Promise<string> {
  return await sql.begin(async (tx) => {
    const [{ by, month }] = (await tx`
      select now() - (start at time zone 'UTC') + interval '1 hour' as by, to_char(start - interval '1 day', 'YYYY-MM') as month
      from (select date_trunc('month', now() at time zone 'UTC') as start) m`) as unknown as [
      { by: string; month: string },
    ];
    await tx`
      update collections set started_at = started_at - ${by}::interval, finished_at = finished_at - ${by}::interval
      where kind <> 'customers'`;
    for (const kind of ['subscriptions', 'clients', 'licences', 'links'])
      await tx`update ${tx(kind)} set valid_from = valid_from - ${by}::interval`;
    await tx`update ledger_history set valid_from = valid_from - ${by}::interval, valid_to = valid_to - ${by}::interval`;
    return month;
  });
}
