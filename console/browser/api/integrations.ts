import { queryOptions, useMutation } from '@tanstack/react-query';
import { del, get, type Page, patch, post } from './client.ts';
import { queries } from './queries.ts';
import type { Integration } from './types.ts';

/** As many as one page of the API holds: for filters and names. */
export const integrations = queryOptions({
  queryKey: ['integrations'],
  queryFn: ({ signal }) => get<Page<Integration>>('/v1/integrations', { query: { limit: 200 }, signal }),
  staleTime: 60_000,
});

export const integrationList = (filter: { connectionId?: string; cursor?: string } = {}) =>
  queryOptions({
    queryKey: ['integrations', filter],
    queryFn: ({ signal }) => get<Page<Integration>>('/v1/integrations', { query: { ...filter }, signal }),
  });

export const integration = (id: string) =>
  queryOptions({
    queryKey: ['integrations', id],
    queryFn: ({ signal }) => get<Integration>('/v1/integrations/{id}', { path: { id }, signal }),
  });

interface TopLevels extends Page<{ id: string; name: string }> {
  /** When they were last read; null if never. */
  asOf: string | null;
}

const askTopLevels = (connectionId: string, refresh: boolean, signal?: AbortSignal) =>
  get<TopLevels>('/v1/connections/{id}/top-levels', {
    path: { id: connectionId },
    query: { limit: 200, refresh: refresh || null },
    signal,
  });

/** The top levels under which clients can be created, as last read. */
export const topLevels = (connectionId: string) =>
  queryOptions({
    queryKey: ['connections', connectionId, 'top-levels'],
    queryFn: ({ signal }) => askTopLevels(connectionId, false, signal),
  });

/** The same, read again from the destination. */
export const useRefreshTopLevels = (connectionId: string) =>
  useMutation({
    mutationFn: () => askTopLevels(connectionId, true),
    onSuccess: (read) => queries.setQueryData(topLevels(connectionId).queryKey, read),
  });

const renew = () => queries.invalidateQueries({ queryKey: ['integrations'] });

interface NewIntegration {
  name: string;
  sourceId: string;
  destinationId: string;
  options: Partial<Integration['options']>;
}

export const useAddIntegration = () =>
  useMutation({
    mutationFn: (body: NewIntegration) => post<Integration>('/v1/integrations', { body }),
    onSuccess: renew,
  });

/** Changes only the given fields; refused if someone else has changed it since. */
export const useChangeIntegration = ({ id, version }: Pick<Integration, 'id' | 'version'>) =>
  useMutation({
    mutationFn: (body: Partial<Pick<NewIntegration, 'name' | 'options'>>) =>
      patch<Integration>('/v1/integrations/{id}', { path: { id }, body, ifMatch: version }),
    onSuccess: renew,
  });

export const useRemoveIntegration = (id: string) =>
  useMutation({
    mutationFn: () => del('/v1/integrations/{id}', { path: { id } }),
    onSuccess: () => {
      queries.removeQueries({ queryKey: ['integrations', id] });
      return renew();
    },
  });
