import { queryOptions } from '@tanstack/react-query';
import { get, type Page, urlOf } from './client.ts';
import type { AuditChain, AuditEntry } from './types.ts';

export interface AuditFilter {
  actorKind?: string;
  actor?: string;
  action?: string;
  targetKind?: string;
  targetId?: string;
  integrationId?: string;
  importId?: string;
  /** Instants: from the first, before the second. */
  from?: string;
  to?: string;
}

/** Newest first. */
export const audit = (filter: AuditFilter, cursor?: string) =>
  queryOptions({
    queryKey: ['audit', filter, cursor],
    queryFn: ({ signal }) => get<Page<AuditEntry>>('/v1/audit', { query: { ...filter, cursor }, signal }),
  });

/** The address of all of a filter as a file, a line an entry. */
export const auditFile = (filter: AuditFilter): string =>
  urlOf('/v1/audit', { query: { ...filter, format: 'ndjson' } });

/** Works out every hash anew, so only when it is asked for. */
export const auditChain = queryOptions({
  queryKey: ['audit', 'verification'],
  queryFn: ({ signal }) => get<AuditChain>('/v1/audit/verification', { signal }),
  enabled: false,
});
