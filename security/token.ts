import { createHash } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';
import { seal, sealedPlace, unseal } from './seal.ts';

/** What a row of `tokens` holds sealed. */
export interface SealedToken {
  accessToken: string;
  /** For a rotating token. */
  refreshToken?: string;
  /** For `client-credentials`: a digest of the settings and credentials it was requested with. */
  asked?: string;
  /** For a rotating token: a digest of the refresh token a person entered, from which it descends. */
  entered?: string;
}

const place = (connectionId: string) => sealedPlace('tokens', 'sealed', connectionId);

export const sealToken = (ring: KeyRing, connectionId: string, token: SealedToken): string =>
  seal(ring, place(connectionId), JSON.stringify(token));

export const openToken = (ring: KeyRing, connectionId: string, sealed: string): SealedToken =>
  JSON.parse(unseal(ring, place(connectionId), sealed)) as SealedToken;

/** Identifies an entered refresh token without storing it. */
export const entryDigest = (refreshToken: string): string =>
  createHash('sha256').update(refreshToken).digest('base64url');

const credentialsPlace = (connectionId: string) => sealedPlace('connections', 'credentials', connectionId);

export const sealCredentials = (ring: KeyRing, connectionId: string, credentials: unknown): string =>
  seal(ring, credentialsPlace(connectionId), JSON.stringify(credentials));

export const openCredentials = (ring: KeyRing, connectionId: string, sealed: string): unknown =>
  JSON.parse(unseal(ring, credentialsPlace(connectionId), sealed));

const channelPlace = (channelId: string) => sealedPlace('notice_channels', 'credentials', channelId);

export const sealChannelCredentials = (ring: KeyRing, channelId: string, credentials: unknown): string =>
  seal(ring, channelPlace(channelId), JSON.stringify(credentials));

export const openChannelCredentials = (ring: KeyRing, channelId: string, sealed: string): unknown =>
  JSON.parse(unseal(ring, channelPlace(channelId), sealed));
