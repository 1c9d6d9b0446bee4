import { queryOptions } from '@tanstack/react-query';
import { get, type Page } from './client.ts';
import type { Integration } from './types.ts';

export const integrations = queryOptions({
  queryKey: ['integrations'],
  queryFn: ({ signal }) => get<Page<Integration>>('/v1/integrations', { query: { limit: 200 }, signal }),
  staleTime: 60_000,
});

export const integration = (id: string) =>
  queryOptions({
    queryKey: ['integrations', id],
    queryFn: ({ signal }) => get<Integration>('/v1/integrations/{id}', { path: { id }, signal }),
  });
