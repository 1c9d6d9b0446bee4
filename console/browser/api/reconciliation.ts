import { queryOptions } from '@tanstack/react-query';
import { get, type Page, urlOf } from './client.ts';
import type { ReconciliationAnswer, StatementLine } from './types.ts';

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

/** The URL of all pages as a file. */
export const reconciliationFile = (integrationId: string, filter: Pick<DifferenceFilter, 'class'>): string =>
  urlOf('/v1/integrations/{id}/reconciliation', {
    path: { id: integrationId },
    query: { ...filter, format: 'csv' },
  });
