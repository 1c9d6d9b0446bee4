import { keepPreviousData, queryOptions, useMutation } from '@tanstack/react-query';
import { del, get, type Page, post, put, urlOf } from './client.ts';
import { queries } from './queries.ts';
import type { GeneratedMappings, Mapping, MappingDifferences, MappingSuggestion } from './types.ts';

export interface MappingFilter {
  state?: string;
  search?: string;
  cursor?: string;
}

/** An integration's customers with their clients, and how many are in each state. */
export const mappings = (integrationId: string, filter: MappingFilter = {}) =>
  queryOptions({
    queryKey: ['mappings', integrationId, filter],
    queryFn: ({ signal }) =>
      get<Page<Mapping> & { facets: { state: Record<string, number> } }>('/v1/integrations/{id}/mappings', {
        path: { id: integrationId },
        query: { ...filter, facets: true },
        signal,
      }),
    placeholderData: keepPreviousData,
  });

/** Customers without a decision, the most valuable first, with suggested clients. */
export const suggestions = (integrationId: string, filter: Omit<MappingFilter, 'state'> = {}) =>
  queryOptions({
    queryKey: ['mappings', integrationId, 'suggestions', filter],
    queryFn: ({ signal }) =>
      get<Page<MappingSuggestion>>('/v1/integrations/{id}/mappings/suggestions', {
        path: { id: integrationId },
        query: { ...filter, limit: 25 },
        signal,
      }),
    placeholderData: keepPreviousData,
  });

/** The URL of all mappings as CSV. */
export const mappingsFile = (integrationId: string): string =>
  urlOf('/v1/integrations/{id}/mappings/csv', { path: { id: integrationId } });

const renew = () =>
  Promise.all(
    ['mappings', 'overview', 'findings'].map((noun) => queries.invalidateQueries({ queryKey: [noun] })),
  );

/** Maps to an existing client, or to one that the next customer import creates. `seen`: the version the reader saw. */
export type MappedTo = { clientId: string } | { create: true };

export const useMapCustomer = (integrationId: string) =>
  useMutation({
    mutationFn: ({ customerId, to, seen }: { customerId: string; to: MappedTo; seen: string | null }) =>
      put<Mapping>('/v1/integrations/{id}/mappings/{customerId}', {
        path: { id: integrationId, customerId },
        ifMatch: seen,
        body: to,
      }),
    onSettled: renew,
  });

export const useUnmapCustomer = (integrationId: string) =>
  useMutation({
    mutationFn: ({ customerId, seen }: { customerId: string; seen: string }) =>
      del('/v1/integrations/{id}/mappings/{customerId}', {
        path: { id: integrationId, customerId },
        ifMatch: seen,
      }),
    onSettled: renew,
  });

/** Maps equal names, or shows what would be mapped. Reads the clients again first. */
export const useGenerateMappings = (integrationId: string) =>
  useMutation({
    mutationFn: (preview: boolean) =>
      post<GeneratedMappings>('/v1/integrations/{id}/mappings/generate', {
        path: { id: integrationId },
        body: { preview },
      }),
    onSuccess: renew,
  });

/** Many mappings from a table: shows the differences, or sets them. */
export const usePutMappings = (integrationId: string) =>
  useMutation({
    mutationFn: ({ csv, apply, seen }: { csv: string; apply: boolean; seen?: string }) =>
      put<MappingDifferences>('/v1/integrations/{id}/mappings', {
        path: { id: integrationId },
        query: { apply },
        ifMatch: seen,
        csv,
      }),
    onSuccess: (_, { apply }) => (apply ? renew() : undefined),
  });

/** Undoes all mappings of one batch. */
export const useUndoBatch = (integrationId: string) =>
  useMutation({
    mutationFn: (batchId: string) =>
      del('/v1/integrations/{id}/mappings/batches/{batchId}', { path: { id: integrationId, batchId } }),
    onSuccess: renew,
  });

/** Whether a customer is written, observed or paused. */
export const useCustomerMode = (integrationId: string) =>
  useMutation({
    mutationFn: ({
      customerId,
      mode,
      seen,
    }: Record<'mode' | 'seen', Mapping['mode']> & { customerId: string }) =>
      put<Mapping>('/v1/integrations/{id}/mappings/{customerId}/mode', {
        path: { id: integrationId, customerId },
        ifMatch: seen,
        body: { mode },
      }),
    onSettled: renew,
  });
