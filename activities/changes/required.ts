import { type ChangeRow, getChange } from '../../db/changes/changes.ts';
import type { Sql } from '../../db/client.ts';
import { Failure } from '../../domain/failure.ts';

export async function requiredChange(sql: Sql, changeId: string): Promise<ChangeRow> {
  const row = await getChange(sql, changeId);
  if (!row) throw new Failure('not-found', 'The change was not found.', { retryable: false });
  return row;
}
