import { queryOptions, useMutation } from '@tanstack/react-query';
import { del, get, type Page, post, put } from './client.ts';
import { queries } from './queries.ts';
import type { GeneratedMappings, Mapping } from './types.ts';

export interface MappingFilter {
  state?: string;
  search?: string;
  cursor?: string;
}

/** An integration's customers with their clients. */
export const mappings = (integrationId: string, filter: MappingFilter = {}) =>
  queryOptions({
    queryKey: ['mappings', integrationId, filter],
    queryFn: ({ signal }) =>
      get<Page<Mapping>>('/v1/integrations/{id}/mappings', {
        path: { id: integrationId },
        query: { ...filter },
        signal,
      }),
  });

const renew = () => queries.invalidateQueries({ queryKey: ['mappings'] });

/** To a client there is, or to one that the next import of customers makes. */
export type MappedTo = { clientId: string } | { create: true };

export const useMapCustomer = (integrationId: string) =>
  useMutation({
    mutationFn: ({ customerId, to }: { customerId: string; to: MappedTo }) =>
      put<Mapping>('/v1/integrations/{id}/mappings/{customerId}', {
        path: { id: integrationId, customerId },
        body: to,
      }),
    onSuccess: renew,
  });

export const useUnmapCustomer = (integrationId: string) =>
  useMutation({
    mutationFn: (customerId: string) =>
      del('/v1/integrations/{id}/mappings/{customerId}', { path: { id: integrationId, customerId } }),
    onSuccess: renew,
  });

/** Maps those of exactly the same name. */
export const useGenerateMappings = (integrationId: string) =>
  useMutation({
    mutationFn: () =>
      post<GeneratedMappings>('/v1/integrations/{id}/mappings/generate', { path: { id: integrationId } }),
    onSuccess: renew,
  });

/** Takes back all that one call has mapped. */
export const useUndoBatch = (integrationId: string) =>
  useMutation({
    mutationFn: (batchId: string) =>
      del('/v1/integrations/{id}/mappings/batches/{batchId}', { path: { id: integrationId, batchId } }),
    onSuccess: renew,
  });
