import type { ChargeState } from '../../domain/charges.ts';
import type { Sum } from '../../domain/reconciliation.ts';
import type { Sql } from '../client.ts';
import type { Sides } from './sides.ts';

/** What the distributor billed for the last month that was over, as far as it was read. */
export interface ChargesSide {
  month: string;
  state: ChargeState;
  problem: string | null;
  readAt: Date;
  /** All of the month's lines. */
  money: Sum[];
  /** … of those, the lines of no subscription that is known: paid for, and billed to nobody by this integration. */
  withoutSubscription: Sum[];
}

type Read = ChargesSide & { readingId: string; end: Date };

export async function chargesSide(sql: Sql, { sourceId, options }: Sides, at: Date): Promise<Read | null> {
  const sums = sql`coalesce(jsonb_agg(jsonb_build_object('amount', trim_scale(cost)::text, 'currency', currency, 'cycle', null)
    order by currency) filter (where cost is not null), '[]')`;
  const [row] = await sql<Read[]>`
    with wanted as (
      select to_char(local - interval '1 month', 'YYYY-MM') as month, date_trunc('month', local) at time zone ${options.timeZone} as "end"
      from (select ${at}::timestamptz at time zone ${options.timeZone} as local) n
    ), month as (
      select m.*, w."end" from charge_months m join wanted w on w.month = m.month where m.connection_id = ${sourceId}
    ), lines as (
      select c.cost, c.currency, s.id is null as alone from charges c join month m on m.reading_id = c.reading_id
      left join subscriptions s on s.connection_id = ${sourceId} and s.id = c.subscription_id
    )
    select month, state, problem, read_at as "readAt", reading_id as "readingId", "end",
      (select ${sums} from (select currency, sum(cost) as cost from lines group by 1) l) as money,
      (select ${sums} from (select currency, sum(cost) as cost from lines where alone group by 1) l) as "withoutSubscription"
    from month`;
  return row ?? null;
}

export const toldOf = ({ readingId: _, end: __, ...told }: Read): ChargesSide => told;
