import { queryOptions, useMutation } from '@tanstack/react-query';
import { del, get, type Page, patch, post } from './client.ts';
import { queries } from './queries.ts';
import type { Connection, Connector, Integration, TestReport, Token } from './types.ts';

/** Queries and mutations for connections. Keys begin with the noun, so that a change invalidates all of them. */
export const connectors = queryOptions({
  queryKey: ['connectors'],
  queryFn: ({ signal }) => get<Page<Connector>>('/v1/connectors', { signal }),
  // Constant while the API runs.
  staleTime: Number.POSITIVE_INFINITY,
});

export interface ConnectionFilter {
  kind?: string;
  role?: string;
  limit?: number;
  cursor?: string;
}

export const connections = (filter: ConnectionFilter = {}) =>
  queryOptions({
    queryKey: ['connections', filter],
    queryFn: ({ signal }) => get<Page<Connection>>('/v1/connections', { query: { ...filter }, signal }),
  });

export const connection = (id: string) =>
  queryOptions({
    queryKey: ['connections', id],
    queryFn: ({ signal }) => get<Connection>('/v1/connections/{id}', { path: { id }, signal }),
  });

/** For connections whose systems use tokens. */
export const token = (id: string) =>
  queryOptions({
    queryKey: ['connections', id, 'token'],
    queryFn: ({ signal }) => get<Token>('/v1/connections/{id}/token', { path: { id }, signal }),
  });

/** What uses the connection. */
export const integrationsOf = (connectionId: string) =>
  queryOptions({
    queryKey: ['integrations', { connectionId }],
    queryFn: ({ signal }) => get<Page<Integration>>('/v1/integrations', { query: { connectionId }, signal }),
  });

/** A destination's clients with this in their name, as last read. */
export const offeredClients = (id: string, search: string) =>
  queryOptions({
    queryKey: ['connections', id, 'clients', search],
    queryFn: ({ signal }) =>
      get<Page<{ id: string; name: string }>>('/v1/connections/{id}/clients', {
        path: { id },
        query: { search, limit: 50 },
        signal,
      }),
  });

const renew = () => queries.invalidateQueries({ queryKey: ['connections'] });

interface NewConnection {
  kind: string;
  name: string;
  settings: Record<string, unknown>;
  credentials: Record<string, unknown>;
}

export const useAddConnection = () =>
  useMutation({
    mutationFn: (body: NewConnection) => post<Connection>('/v1/connections', { body }),
    onSuccess: renew,
  });

/** Changes only the given fields; refused if someone else has changed it since. */
export const useChangeConnection = ({ id, version }: Pick<Connection, 'id' | 'version'>) =>
  useMutation({
    mutationFn: (body: Partial<Omit<NewConnection, 'kind'>>) =>
      patch<Connection>('/v1/connections/{id}', { path: { id }, body, ifMatch: version }),
    onSuccess: renew,
  });

export const useRemoveConnection = (id: string) =>
  useMutation({
    mutationFn: () => del('/v1/connections/{id}', { path: { id } }),
    onSuccess: () => {
      queries.removeQueries({ queryKey: ['connections', id] });
      return renew();
    },
  });

export const useTestConnection = (id: string) =>
  useMutation({
    mutationFn: () => post<TestReport>('/v1/connections/{id}/test', { path: { id } }),
    onSettled: renew,
  });

export const useRefreshToken = (id: string) =>
  useMutation({
    mutationFn: () => post<Token>('/v1/connections/{id}/token/refresh', { path: { id } }),
    onSettled: renew,
  });
