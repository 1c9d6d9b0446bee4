import { queryOptions } from '@tanstack/react-query';
import { get } from './client.ts';
import type { Overview } from './types.ts';

/** Asked again while it is looked at, so that what another person does is seen. */
export const overview = queryOptions({
  queryKey: ['overview'],
  queryFn: ({ signal }) => get<Overview>('/v1/overview', { signal }),
  refetchInterval: 15_000,
});
