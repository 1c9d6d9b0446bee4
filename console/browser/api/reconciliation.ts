import { queryOptions } from '@tanstack/react-query';
import { get, type Page, urlOf } from './client.ts';
import type { FrozenStatement, ReconciliationAnswer, StatementLine } from './types.ts';

export type Difference = ReconciliationAnswer['items'][number];

export interface DifferenceFilter {
  class?: string;
  cursor?: string;
}

export const reconciliation = (integrationId: string, filter: DifferenceFilter = {}) =>
  queryOptions({
    queryKey: ['reconciliation', integrationId, filter],
    queryFn: ({ signal }) =>
      get<ReconciliationAnswer>('/v1/integrations/{id}/reconciliation', {
        path: { id: integrationId },
        query: { ...filter },
        signal,
      }),
  });

/** Frozen months, newest first. */
export const statements = (integrationId: string) =>
  queryOptions({
    queryKey: ['statements', integrationId],
    queryFn: ({ signal }) =>
      get<Page<StatementLine>>('/v1/integrations/{id}/statements', {
        path: { id: integrationId },
        query: { limit: 24 },
        signal,
      }),
  });

/** One of them whole. It never changes, so it is read once. */
export const statement = (id: string) =>
  queryOptions({
    queryKey: ['statements', 'one', id],
    queryFn: ({ signal }) => get<FrozenStatement>('/v1/statements/{id}', { path: { id }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The URL of its differences as a file. */
export const statementFile = (id: string): string =>
  urlOf('/v1/statements/{id}', { path: { id }, query: { format: 'csv' } });

/** The URL of all pages as a file. */
export const reconciliationFile = (integrationId: string, filter: Pick<DifferenceFilter, 'class'>): string =>
  urlOf('/v1/integrations/{id}/reconciliation', {
    path: { id: integrationId },
    query: { ...filter, format: 'csv' },
  });
