import { queryOptions } from '@tanstack/react-query';
import { del, get, post } from './client.ts';
import { queries } from './queries.ts';
import type { Session } from './types.ts';

/** Who is signed in in this browser, and what they may do. */
export const session = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => get<Session>('/v1/session', { signal }),
  staleTime: 60_000,
});

/** Opens a session in this browser, with an API key or a one-time link's secret. */
export async function signIn(given: { key: string } | { link: string }): Promise<void> {
  await post('/v1/sessions', { body: given });
  queries.getQueryCache().clear();
}

/** Ends the session and clears all cached data. */
export async function signOut(): Promise<void> {
  await del('/v1/sessions');
  queries.getQueryCache().clear();
}
