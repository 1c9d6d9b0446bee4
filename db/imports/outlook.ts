import type { Sql } from '../client.ts';

/** Why a running import waits, and when it will probably be done. */
export interface Outlook {
  waitingFor: {
    reason: 'read-back' | 'rate-limit' | 'call-budget' | 'token' | 'outage';
    until: Date | null;
  } | null;
  expectedAt: Date | null;
}

export interface Window {
  key: string;
  calls: number;
}

/** How many calls of the window imports leave to people. */
const reserve = 20;

export async function outlookOf(sql: Sql, importId: string, window: Window | null): Promise<Outlook> {
  const key = window?.key ?? '';
  const limit = window ? window.calls - Math.min(reserve, Math.floor(window.calls / 2)) : 1_000_000_000;
  const [row] = await sql<
    {
      readBack: Date | null;
      closed: Date | null;
      full: Date | null;
      token: boolean;
      problem: string | null;
      expectedAt: Date | null;
    }[]
  >`
    with run as (
      select i.*, (i.progress ->> 'received')::float8 as received, (i.progress ->> 'total')::float8 as total,
        (i.progress ->> 'planned')::float8 as planned, (i.progress ->> 'applied')::float8 as applied,
        extract(epoch from clock_timestamp() - i.started_at) as ran
      from imports i where i.id = ${importId}
    ), writing as (select extract(epoch from clock_timestamp() - min(begun_at)) as since from writes where import_id = ${importId})
    select
      -- While there is something else to write, nothing waits.
      (select min(w.read_back_at) from writes w where w.import_id = ${importId} and w.state = 'ambiguous' and w.read_back_at > clock_timestamp()
        and not exists (select 1 from items i left join writes o on o.id = i.write_id and o.state = 'ambiguous'
          where i.import_id = ${importId} and i.outcome = 'planned' and o.id is null)) as "readBack",
      (select closed_until from gates where budget_key = ${key} and closed_until > clock_timestamp()) as closed,
      (select held_until from calls where budget_key = ${key} and held_until > clock_timestamp() order by held_until desc offset ${limit - 1} limit 1) as full,
      exists (select 1 from tokens t join integrations n on n.source_id = t.connection_id
        where n.id = run.integration_id and t.state = 'reauth_required') and run.progress ->> 'planned' = '0' as token,
      run.problem ->> 'type' as problem,
      clock_timestamp() + make_interval(secs => case
        -- Writing goes on as fast as it did.
        when applied > 0 and planned > applied then writing.since * (planned - applied) / applied
        else greatest(1, coalesce(
          (select extract(epoch from e.finished_at - e.started_at) from imports e where e.integration_id = run.integration_id
            and e.kind = run.kind and e.mode = run.mode and e.state like 'completed%' order by e.id desc limit 1),
          case when received > 0 and total > received then ran * total / received end) - ran) end) as "expectedAt"
    from run, writing`;
  if (!row) return { waitingFor: null, expectedAt: null };
  const { readBack, closed, full, token, problem, expectedAt } = row;
  const wait = (reason: NonNullable<Outlook['waitingFor']>['reason'], until: Date | null) => ({
    reason,
    until,
  });
  if (token) return { waitingFor: wait('token', null), expectedAt: null };
  // A running import has a problem while what went wrong is tried again.
  if (problem !== null)
    return {
      waitingFor: wait(problem === 'rate-limited' ? 'rate-limit' : 'outage', closed),
      expectedAt: null,
    };
  const waitingFor = readBack
    ? wait('read-back', readBack)
    : closed
      ? wait('rate-limit', closed)
      : full
        ? wait('call-budget', full)
        : null;
  return { waitingFor, expectedAt };
}

/** Calls to the destination made by the last complete import of each kind. */
export async function callsOfLast(
  sql: Sql,
  integrationId: string,
): Promise<Record<'customers' | 'subscriptions', number | null>> {
  const rows = await sql<{ kind: 'customers' | 'subscriptions'; calls: number }[]>`
    select distinct on (kind) kind, (progress ->> 'calls')::int as calls from imports
    where integration_id = ${integrationId} and mode <> 'preview' and customer_ids is null and preview_id is null
      and state in ('completed', 'completed_with_errors', 'incomplete')
    order by kind, id desc`;
  return {
    customers: null,
    subscriptions: null,
    ...Object.fromEntries(rows.map(({ kind, calls }) => [kind, calls])),
  };
}
