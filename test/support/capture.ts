import { expect } from 'vitest';
import type { Stack } from './stack.ts';

/** Something that can be read outside the process: where, and its text. */
export interface MarkerSupport {
  where: string;
  text: string;
}

/** Everything Temporal stores: histories with payloads decoded, memos, heartbeats and current failures, schedules. */
export async function temporalTraces({ temporal }: Stack): Promise<MarkerSupport[]> {
  const traces: MarkerSupport[] = [];
  for await (const { workflowId, runId, raw } of temporal.workflow.list()) {
    const handle = temporal.workflow.getHandle(workflowId, runId);
    const described = (await handle.describe()).raw;
    const history = await handle.fetchHistory();
    traces.push({ where: `history of ${workflowId}`, text: textsIn([raw, described, history]).join('\n') });
  }
  for await (const { scheduleId } of temporal.schedule.list()) {
    const described = (await temporal.schedule.getHandle(scheduleId).describe()).raw;
    traces.push({ where: `schedule ${scheduleId}`, text: textsIn(described).join('\n') });
  }
  return traces;
}

export async function metricsTraces({ baseUrl, parts }: Stack): Promise<MarkerSupport[]> {
  if (!baseUrl) return [];
  const response = await fetch(`${baseUrl}/metrics`, {
    headers: { authorization: `Bearer ${parts.apiKey}` },
  });
  return [{ where: '/metrics', text: await response.text() }];
}

export const logTraces = ({ logs }: Stack): MarkerSupport[] =>
  logs.map((text, line) => ({ where: `log line ${line + 1}`, text }));

export const answerTraces = ({ answers }: Stack): MarkerSupport[] =>
  answers.map((text) => ({ where: `answer ${text.slice(0, text.indexOf('\n'))}`, text }));

/** Every row of every table. */
export async function databaseTraces({ sql }: Stack): Promise<MarkerSupport[]> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`;
  const traces = tables.map(async ({ name }) => {
    const rows = await sql.unsafe<{ text: string }[]>(`select t::text as text from ${name} t`);
    return { where: `table ${name}`, text: rows.map(({ text }) => text).join('\n') };
  });
  return Promise.all(traces);
}

/** A secret appears nowhere as plain text: not in the database, not in any answer. */
export async function expectNoSecret(stack: Stack, secrets: string[]): Promise<void> {
  const outside = await Promise.all([temporalTraces(stack), metricsTraces(stack), databaseTraces(stack)]);
  expectNone([...outside.flat(), ...logTraces(stack), ...answerTraces(stack)], secrets);
}

/** Personal data is only in the database and in answers to authorised callers. */
export async function expectNoPersonalData(stack: Stack, texts: string[]): Promise<void> {
  const outside = await Promise.all([temporalTraces(stack), metricsTraces(stack)]);
  expectNone([...outside.flat(), ...logTraces(stack)], texts);
}

/** Says where each was found; a search through nothing is a mistake of the test. */
export function expectNone(traces: MarkerSupport[], texts: string[]): void {
  expect(texts.filter((text) => text.length >= 4)).not.toEqual([]);
  expect(traces.some(({ text }) => text.length > 0)).toBe(true);
  const found = texts.flatMap((wanted) =>
    traces
      .filter(({ text }) => disguises(wanted).some((shape) => text.includes(shape)))
      .map(({ where }) => `${JSON.stringify(wanted)} in ${where}`),
  );
  expect(found, found.join('\n')).toEqual([]);
}

/** A text as it is, and as JSON, URLs, forms and base64 (at any of three offsets) would carry it. */
function disguises(text: string): string[] {
  const base64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.from(' '.repeat(offset) + text).toString('base64');
    // The characters that also carry bits of its neighbours are cut off.
    return encoded.slice(offset === 0 ? 0 : offset + 1).replace(/.?=+$/, '');
  });
  const json = JSON.stringify(text).slice(1, -1);
  const shapes = [
    text,
    json,
    encodeURIComponent(text),
    encodeURIComponent(text).replaceAll('%20', '+'),
    ...base64,
  ];
  return [...new Set(shapes)].filter((shape) => shape.length >= 4);
}

/** Every string in a value, bytes (which payloads are) read as text. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('utf8')];
  if (!value || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...textsIn(inner)]);
}
