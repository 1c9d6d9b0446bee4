import type { TransactionSql } from 'postgres';
import type { ListingKind } from '../../domain/kinds.ts';

/** A connection's rows of a kind as of `asOf`; null for the current ones. */
export function versionsOf(sql: TransactionSql, connectionId: string, kind: ListingKind, asOf: Date | null) {
  const now = sql`select t.* from ${sql(kind)} t where t.connection_id = ${connectionId}`;
  if (asOf === null) return now;
  return sql`
    ${now} and t.valid_from <= ${asOf}
    union all
    select v.* from ledger_history h, jsonb_populate_record(null::${sql(kind)}, h.row || jsonb_build_object(
      'connection_id', h.connection_id, 'id', h.id, 'valid_from', h.valid_from)) v
    where h.connection_id = ${connectionId} and h.kind = ${kind} and h.valid_from <= ${asOf} and h.valid_to > ${asOf}`;
}
