import type { Sql } from '../client.ts';
import { asyncCommit } from '../sql.ts';

/**
 * The call budget: a sliding log of calls, shared by every process. A call holds its slot for one window after its
 * answer. All times are PostgreSQL's `clock_timestamp()`, because `now()` does not advance while waiting for a lock.
 */
export interface CallBudget {
  key: string;
  calls: number;
  seconds: number;
}

export interface CallRequest {
  /** Imports leave `reserve` slots for people. */
  purpose: 'import' | 'person';
  reserve?: number;
  /** A person may try whether the host answers again if the requested pause is longer than this. */
  probeBeyondMs?: number;
  /** The longest duration of the call: if its caller dies, the slot is held for this plus the window. */
  timeoutMs: number;
}

export type Slot =
  | {
      granted: true;
      callId: string;
      /** 429s since the last successful answer. */
      strikes: number;
      /** The gate is closed, and this call checks whether it still has to be. */
      probing: boolean;
    }
  | {
      granted: false;
      retryAt: Date;
      waitMs: number;
      /** The host asked for the pause; otherwise the budget is used up. */
      gate: boolean;
    };

export async function acquireCall(sql: Sql, budget: CallBudget, request: CallRequest): Promise<Slot> {
  const { key, seconds } = budget;
  // A tiny budget keeps half for imports; otherwise they would never run.
  const reserve = Math.min(request.reserve ?? 20, Math.floor(budget.calls / 2));
  const limit = request.purpose === 'import' ? budget.calls - reserve : budget.calls;
  const lease = seconds + request.timeoutMs / 1000;
  return await sql.begin(async (tx): Promise<Slot> => {
    const gate = await lockGate(tx, key);
    const pauseMs = gate.closed ? gate.closed_until!.getTime() - gate.at.getTime() : 0;
    const probing = pauseMs > (request.probeBeyondMs ?? Number.POSITIVE_INFINITY);
    if (gate.closed && !probing) return refusal(gate.closed_until!, gate.at, true);
    // One statement: free expired slots, count the held ones, take a slot if there is one.
    const [taken] = await tx`
      with clock as (select clock_timestamp() as at),
      freed as (delete from calls using clock where budget_key = ${key} and held_until <= clock.at),
      held as (select count(*) as n from calls, clock where budget_key = ${key} and held_until > clock.at)
      insert into calls (budget_key, held_until)
      select ${key}, clock.at + make_interval(secs => ${lease}) from clock, held where held.n < ${limit}
      returning id`;
    if (taken) return { granted: true, callId: taken.id, strikes: gate.strikes, probing };
    // When the first slot below the limit becomes free; an answer may free it before its lease ends.
    const [next] = await tx`
      select held_until, clock_timestamp() as at from calls where budget_key = ${key}
      order by held_until desc offset ${Math.max(0, limit - 1)} limit 1`;
    return refusal(next!.held_until, next!.at, false);
  });
}

/** The answer was received (or never will be): the window starts now. */
export async function answerCall(sql: Sql, callId: string, budget: CallBudget): Promise<void> {
  // If this update is lost, the slot is freed by its longer lease.
  await asyncCommit(
    sql,
    (tx) => tx`
      update calls set held_until = clock_timestamp() + make_interval(secs => ${budget.seconds})
      where id = ${callId}`,
  );
}

/** After a 429: no calls for `retryAfterMs`, else for 30, 60, then 120 seconds. */
export async function closeGate(sql: Sql, key: string, retryAfterMs?: number): Promise<void> {
  const wait = retryAfterMs === undefined ? null : retryAfterMs / 1000;
  // Concurrent calls may be refused together: that counts as one strike.
  await sql`
    insert into gates as g (budget_key, strikes, closed_until)
    values (${key}, 1, clock_timestamp() + make_interval(secs => coalesce(${wait}::float8, 30)))
    on conflict (budget_key) do update set
      strikes = case when g.closed_until > clock_timestamp() then g.strikes else g.strikes + 1 end,
      closed_until = greatest(g.closed_until, clock_timestamp() + make_interval(secs => coalesce(
        ${wait}::float8,
        case when g.closed_until > clock_timestamp() then 0
          else (array[30, 60, 120])[least(g.strikes + 1, 3)] end)))`;
}

/**
 * After a successful answer: resets the strikes. Call it only if `strikes` was above 0; `probed` opens a gate that is
 * still closed.
 */
export async function openGate(sql: Sql, key: string, probed = false): Promise<void> {
  await sql`
    update gates set strikes = 0, closed_until = null
    where budget_key = ${key} and strikes > 0 and (${probed} or closed_until is null or closed_until <= clock_timestamp())`;
}

/** How full a budget is, as shown to people. */
export async function budgetState(
  sql: Sql,
  key: string,
): Promise<{ held: number; closedUntil: Date | null }> {
  const [row] = await sql`
    select (select count(*)::int from calls where budget_key = ${key} and held_until > clock_timestamp()) as held,
      (select closed_until from gates where budget_key = ${key} and closed_until > clock_timestamp()) as closed`;
  return { held: row!.held, closedUntil: row!.closed };
}

interface Gate {
  closed: boolean;
  closed_until: Date | null;
  strikes: number;
  at: Date;
}

async function lockGate(tx: Transaction, key: string): Promise<Gate> {
  const select = () => tx<Gate[]>`
    select closed_until, strikes, coalesce(closed_until > clock_timestamp(), false) as closed, clock_timestamp() as at
    from gates where budget_key = ${key} for update`;
  const [gate] = await select();
  if (gate) return gate;
  await tx`insert into gates (budget_key) values (${key}) on conflict do nothing`;
  return (await select())[0]!;
}

type Transaction = Parameters<Parameters<Sql['begin']>[1]>[0];

const refusal = (until: Date, at: Date, gate: boolean): Slot => ({
  granted: false,
  retryAt: until,
  waitMs: Math.max(0, until.getTime() - at.getTime()),
  gate,
});
