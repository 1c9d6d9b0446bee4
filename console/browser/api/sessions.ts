import { del, post } from './client.ts';
import { queries } from './queries.ts';

/** Opens a session in this browser, with an API key or with what a one-time link carries. */
export async function signIn(given: { key: string } | { link: string }): Promise<void> {
  await post('/v1/sessions', { body: given });
  queries.getQueryCache().clear();
}

/** Ends it. What was read goes with it. */
export async function signOut(): Promise<void> {
  await del('/v1/sessions').catch(() => {});
  queries.getQueryCache().clear();
}
