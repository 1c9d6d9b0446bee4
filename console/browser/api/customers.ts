import { queryOptions } from '@tanstack/react-query';
import { get, type Page } from './client.ts';

/** A distributor's customers with this in their name, as last read. */
export const offeredCustomers = (connectionId: string, search: string) =>
  queryOptions({
    queryKey: ['connections', connectionId, 'customers', search],
    queryFn: ({ signal }) =>
      get<Page<{ id: string; name: string }>>('/v1/connections/{id}/customers', {
        path: { id: connectionId },
        query: { search, limit: 50 },
        signal,
      }),
  });
