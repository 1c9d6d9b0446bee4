import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { Problem, Unreachable } from './client.ts';
import { onHealed } from './connection-state.ts';

let signIn: () => void = () => {};

/** Called when the API does not recognise the session. */
export function onSignedOut(act: () => void): void {
  signIn = act;
}

const unlessSignedIn = (error: unknown) => {
  if (error instanceof Problem && error.status === 401) signIn();
};

/** The query cache, and how long its data is shown without reloading. */
export const queries = new QueryClient({
  queryCache: new QueryCache({ onError: unlessSignedIn }),
  mutationCache: new MutationCache({ onError: unlessSignedIn }),
  defaultOptions: {
    // The API is on this machine or network: the browser's online state says nothing about it.
    queries: { staleTime: 10_000, networkMode: 'always', retry: mayHelp, refetchIntervalInBackground: false },
    mutations: { networkMode: 'always' },
  },
});

onHealed(() => void queries.invalidateQueries());

/** A refusal is final; failures of the API or of an intermediary are retried twice. */
function mayHelp(failures: number, error: Error): boolean {
  if (error instanceof Unreachable) return false;
  return failures < 2 && error instanceof Problem && error.status >= 502;
}
