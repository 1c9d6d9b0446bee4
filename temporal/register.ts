import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';

/** Temporal's type names with their protobuf numbers. */
const kinds = { Text: 1, Keyword: 2, Int: 3, Double: 4, Bool: 5, Datetime: 6, KeywordList: 7 } as const;
export type SearchAttributeKind = keyof typeof kinds;

/**
 * Registers missing search attributes on the running server instead of by flag, because the dev server reads the flag
 * only when it creates its database: an attribute added later would never appear.
 */
export async function registerSearchAttributes(
  connection: Connection,
  wanted: Record<string, SearchAttributeKind>,
  namespace = 'default',
): Promise<void> {
  const registered = async () =>
    (await connection.operatorService.listSearchAttributes({ namespace })).customAttributes ?? {};
  const before = await registered();
  const other = Object.entries(wanted).find(([name, kind]) => before[name] && before[name] !== kinds[kind]);
  if (other) throw new Error(`the search attribute ${other[0]} exists already and is not a ${other[1]}`);
  const missing = Object.entries(wanted).filter(([name]) => !before[name]);
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map(([name, kind]) => [name, kinds[kind]]));
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  // A new attribute is usable only once the server's cache has it; starting a workflow before would fail.
  for (let tries = 0; tries < 100; tries++) {
    const now = await registered();
    if (Object.keys(wanted).every((name) => now[name])) return;
    await sleep(100);
  }
  throw new Error('Temporal did not register the search attributes');
}
