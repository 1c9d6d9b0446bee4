import { queryOptions, useMutation } from '@tanstack/react-query';
import { del, get, type Page, post } from './client.ts';
import { queries } from './queries.ts';
import type { ApiKey, NewApiKey, Settings } from './types.ts';

export const apiKeys = (cursor?: string) =>
  queryOptions({
    queryKey: ['api-keys', cursor],
    queryFn: ({ signal }) => get<Page<ApiKey>>('/v1/api-keys', { query: { cursor }, signal }),
  });

const renew = () => queries.invalidateQueries({ queryKey: ['api-keys'] });

/** The answer carries the key, this once. */
export const useMakeKey = () =>
  useMutation({
    mutationFn: (body: Pick<ApiKey, 'name' | 'scopes' | 'expiresAt'>) =>
      post<NewApiKey>('/v1/api-keys', { body }),
    onSuccess: renew,
  });

export const useRevokeKey = (id: string) =>
  useMutation({ mutationFn: () => del('/v1/api-keys/{id}', { path: { id } }), onSettled: renew });

export const settings = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => get<Settings>('/v1/settings', { signal }),
  // They do not change while the API runs.
  staleTime: Number.POSITIVE_INFINITY,
});
