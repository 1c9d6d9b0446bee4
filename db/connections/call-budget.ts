import type { Sql } from '../client.ts';
import { asyncCommit } from '../sql.ts';

/**
 * The call budget: a sliding log of calls, shared by every process. A call holds its slot until a window after its
 * answer. All clocks are PostgreSQL's; `clock_timestamp()`, because `now()` stands still while a lock is waited for.
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
  /** A person may try whether the host answers again although it asked for a pause of more than so long. */
  probeBeyondMs?: number;
  /** The longest the call may take: a caller that dies holds its slot for this and the window, no longer. */
  timeoutMs: number;
}

export type Slot =
  | {
      granted: true;
      callId: string;
      /** 429s since the last good answer. */
      strikes: number;
      /** The gate is closed, and this call tries whether it need be. */
      probing: boolean;
    }
  | {
      granted: false;
      retryAt: Date;
      waitMs: number;
      /** The host asked for the pause; else the budget is used up. */
      gate: boolean;
    };

export async function acquireCall(sql: Sql, budget: CallBudget, request: CallRequest): Promise<Slot> {
  const { key, seconds } = budget;
  // A tiny budget keeps half for imports, else they would never run.
  const reserve = Math.min(request.reserve ?? 20, Math.floor(budget.calls / 2));
  const limit = request.purpose === 'import' ? budget.calls - reserve : budget.calls;
  const lease = seconds + request.timeoutMs / 1000;
  return await sql.begin(async (tx): Promise<Slot> => {
    const gate = await lockGate(tx, key);
    const pauseMs = gate.closed ? gate.closed_until!.getTime() - gate.at.getTime() : 0;
    const probing = pauseMs > (request.probeBeyondMs ?? Number.POSITIVE_INFINITY);
    if (gate.closed && !probing) return refusal(gate.closed_until!, gate.at, true);
    // In one statement: free what is over, count what is held, take a slot if there is one.
    const [taken] = await tx`
      with clock as (select clock_timestamp() as at),
      freed as (delete from calls using clock where budget_key = ${key} and held_until <= clock.at),
      held as (select count(*) as n from calls, clock where budget_key = ${key} and held_until > clock.at)
      insert into calls (budget_key, held_until)
      select ${key}, clock.at + make_interval(secs => ${lease}) from clock, held where held.n < ${limit}
      returning id`;
    if (taken) return { granted: true, callId: taken.id, strikes: gate.strikes, probing };
    // The slot that frees first below the limit; an answer may free it earlier than its lease says.
    const [next] = await tx`
      select held_until, clock_timestamp() as at from calls where budget_key = ${key}
      order by held_until desc offset ${Math.max(0, limit - 1)} limit 1`;
    return refusal(next!.held_until, next!.at, false);
  });
}

/** The answer is here (or will not come): the window runs from now. */
export async function answerCall(sql: Sql, callId: string, budget: CallBudget): Promise<void> {
  // Lost, the slot is left to its lease, which is longer.
  await asyncCommit(
    sql,
    (tx) => tx`
      update calls set held_until = clock_timestamp() + make_interval(secs => ${budget.seconds})
      where id = ${callId}`,
  );
}

/** After a 429: nobody calls for `retryAfterMs`, else for 30, 60, then 120 seconds. */
export async function closeGate(sql: Sql, key: string, retryAfterMs?: number): Promise<void> {
  const wait = retryAfterMs === undefined ? null : retryAfterMs / 1000;
  // Calls already under way may be refused together: that is one strike, not several.
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
 * After a good answer: the next 429 counts as the first again. Call it only when `strikes` was above 0; `probed` opens
 * a gate that is still closed.
 */
export async function openGate(sql: Sql, key: string, probed = false): Promise<void> {
  await sql`
    update gates set strikes = 0, closed_until = null
    where budget_key = ${key} and strikes > 0 and (${probed} or closed_until is null or closed_until <= clock_timestamp())`;
}

/** How full a budget is, for people. */
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
