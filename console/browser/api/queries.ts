import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { Problem, Unreachable } from './client.ts';
import { onHealed } from './connection-state.ts';

let signIn: () => void = () => {};

/** What is to be done when the API does not know who asks. */
export function onSignedOut(act: () => void): void {
  signIn = act;
}

const unlessSignedIn = (error: unknown) => {
  if (error instanceof Problem && error.status === 401) signIn();
};

/** What was read, and for how long it may be shown unasked. */
export const queries = new QueryClient({
  queryCache: new QueryCache({ onError: unlessSignedIn }),
  mutationCache: new MutationCache({ onError: unlessSignedIn }),
  defaultOptions: {
    // The API is on this machine or this network: what a browser thinks of the internet says nothing about it.
    queries: { staleTime: 10_000, networkMode: 'always', retry: mayHelp, refetchIntervalInBackground: false },
    mutations: { networkMode: 'always' },
  },
});

onHealed(() => void queries.invalidateQueries());

/** What the API refuses it refuses again; what it could not answer, or another one in between, is asked twice more. */
function mayHelp(failures: number, error: Error): boolean {
  if (error instanceof Unreachable) return false;
  return failures < 2 && error instanceof Problem && error.status >= 502;
}
