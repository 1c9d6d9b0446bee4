import { deriveKeyRing, type KeyRing } from './key-ring.ts';
import { seal, sealedPlace, unseal } from './seal.ts';

/**
 * A token answer that waits in the keeper's workflow while the database is unavailable. Because Temporal's history
 * stores it, it is sealed with keys used for nothing else, which Temporal never sees.
 */
const purpose = 'token-keeper';
const place = (connectionId: string) => sealedPlace('workflow', purpose, connectionId);

export const sealAnswer = (ring: KeyRing, connectionId: string, answer: unknown): string =>
  seal(deriveKeyRing(ring, purpose), place(connectionId), JSON.stringify(answer));

export const openAnswer = (ring: KeyRing, connectionId: string, sealed: string): unknown =>
  JSON.parse(unseal(deriveKeyRing(ring, purpose), place(connectionId), sealed));
