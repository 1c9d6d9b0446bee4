import { queryOptions } from '@tanstack/react-query';
import { get } from './client.ts';
import type { Overview } from './types.ts';

/** Polled while visible, so that other people's work shows; more often while something runs. */
export const overview = queryOptions({
  queryKey: ['overview'],
  queryFn: ({ signal }) => get<Overview>('/v1/overview', { signal }),
  refetchInterval: ({ state }) =>
    state.data?.integrations.some(({ running }) => running.length > 0) ? 3_000 : 15_000,
});
