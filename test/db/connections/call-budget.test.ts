import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  acquireCall,
  answerCall,
  type CallBudget,
  type CallRequest,
  closeGate,
  openGate,
  type Slot,
} from '../../../db/connections/call-budget.ts';
import { openedAgain, type TestDatabase, testDatabase } from '../../support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});

let keys = 0;
const budgetOf = (calls: number, seconds = 300): CallBudget => ({ key: `host/${++keys}`, calls, seconds });
const person: CallRequest = { purpose: 'person', timeoutMs: 10_000 };
const granted = (slots: Slot[]) => slots.filter((slot) => slot.granted).length;

test('50 callers over several processes never get more slots than there are', async () => {
  const budget = budgetOf(30);
  const processes = [db, openedAgain(db.url), openedAgain(db.url), openedAgain(db.url)];
  const slots = await Promise.all(
    Array.from({ length: 50 }, (_, i) => acquireCall(processes[i % 4]!.sql, budget, person)),
  );
  expect(granted(slots)).toBe(30);
});

test('a sliding window of real time is never exceeded', async () => {
  const budget = budgetOf(10, 1);
  const processes = [db, openedAgain(db.url), openedAgain(db.url)];
  const answered: number[] = [];
  const caller = async (sql: TestDatabase['sql']) => {
    const end = performance.now() + 3_500;
    while (performance.now() < end) {
      const slot = await acquireCall(sql, budget, person);
      if (!slot.granted) {
        await sleep(Math.min(slot.waitMs, 50));
        continue;
      }
      await sleep(Math.random() * 20);
      // The budget's own clock: this machine's may be set meanwhile, and counts differently from performance.now().
      const [clock] = await sql<
        { ms: number }[]
      >`select 1000 * extract(epoch from clock_timestamp())::float8 as ms`;
      answered.push(clock!.ms);
      await answerCall(sql, slot.callId, budget);
    }
  };
  await Promise.all(Array.from({ length: 15 }, (_, i) => caller(processes[i % 3]!.sql)));
  for (const at of answered)
    expect(answered.filter((other) => other >= at && other < at + 1_000).length).toBeLessThanOrEqual(10);
  // It is used, too: three full windows fit into the time.
  expect(answered.length).toBeGreaterThanOrEqual(30);
});

test('imports leave slots for people', async () => {
  const budget = budgetOf(50);
  const imports = await Promise.all(
    Array.from({ length: 50 }, () => acquireCall(db.sql, budget, { ...person, purpose: 'import' })),
  );
  expect(granted(imports)).toBe(30);
  const people = await Promise.all(Array.from({ length: 25 }, () => acquireCall(db.sql, budget, person)));
  expect(granted(people)).toBe(20);
});

test('a tiny budget keeps half for imports', async () => {
  const slot = await acquireCall(db.sql, budgetOf(4), { ...person, purpose: 'import' });
  expect(slot.granted).toBe(true);
});

test('a refusal says when the next slot frees', async () => {
  const budget = budgetOf(1, 60);
  const slot = await acquireCall(db.sql, budget, person);
  if (slot.granted) await answerCall(db.sql, slot.callId, budget);
  const refused = await acquireCall(db.sql, budget, person);
  expect(refused).toMatchObject({ granted: false });
  if (refused.granted) return;
  expect(refused.waitMs).toBeGreaterThan(58_000);
  expect(refused.waitMs).toBeLessThanOrEqual(60_000);
});

test('the slot of a caller that died becomes free', async () => {
  const budget = budgetOf(1, 1);
  expect((await acquireCall(db.sql, budget, { ...person, timeoutMs: 500 })).granted).toBe(true);
  expect((await acquireCall(db.sql, budget, person)).granted).toBe(false);
  await sleep(1_600);
  expect((await acquireCall(db.sql, budget, person)).granted).toBe(true);
});

describe('after a 429', () => {
  const waitOf = async (budget: CallBudget) => {
    const slot = await acquireCall(db.sql, budget, person);
    return slot.granted ? 0 : Math.round(slot.waitMs / 1000);
  };
  const passes = async (key: string) =>
    void (await db.sql`update gates set closed_until = clock_timestamp() where budget_key = ${key}`);

  test('the gate is closed for Retry-After', async () => {
    const budget = budgetOf(10);
    await closeGate(db.sql, budget.key, 45_000);
    expect(await waitOf(budget)).toBe(45);
  });

  test('else for 30, 60, 120, 120 seconds, and calls refused together count once', async () => {
    const budget = budgetOf(10);
    const waits = [];
    for (let strike = 0; strike < 4; strike++) {
      await closeGate(db.sql, budget.key);
      await closeGate(db.sql, budget.key);
      waits.push(await waitOf(budget));
      await passes(budget.key);
    }
    expect(waits).toEqual([30, 60, 120, 120]);
  });

  test('a good answer makes the next one the first again, but does not open a closed gate', async () => {
    const budget = budgetOf(10);
    await closeGate(db.sql, budget.key);
    await openGate(db.sql, budget.key);
    expect(await waitOf(budget)).toBe(30);
    await passes(budget.key);
    expect(await acquireCall(db.sql, budget, person)).toMatchObject({ granted: true, strikes: 1 });
    await openGate(db.sql, budget.key);
    expect(await acquireCall(db.sql, budget, person)).toMatchObject({ granted: true, strikes: 0 });
    await closeGate(db.sql, budget.key);
    expect(await waitOf(budget)).toBe(30);
  });
});
