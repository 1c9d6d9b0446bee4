import type { Sql } from './client.ts';

/** The gauges of the metrics endpoint. */
export async function countRunningImports(sql: Sql) {
  return await sql<{ kind: string; mode: string; n: number }[]>`
    select kind, mode, count(*)::int as n from imports where state = 'running' group by 1, 2`;
}

export async function countOpenFindings(sql: Sql) {
  return await sql<{ kind: string; n: number }[]>`
    select kind, count(*)::int as n from findings where state = 'open' group by 1`;
}

export async function countTokens(sql: Sql) {
  return await sql<{ state: string; n: number }[]>`
    select state, count(*)::int as n from tokens where version > 0 group by 1`;
}
