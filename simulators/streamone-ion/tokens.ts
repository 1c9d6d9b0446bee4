import { randomBytes } from 'node:crypto';

/** One access and refresh token, minted together; `version` counts from 1 and never repeats. */
export interface Issue {
  version: number;
  access: string;
  refresh: string;
  by: 'portal' | 'exchange' | 'rival';
  issuedAt: number;
  accessUntil: number;
  refreshUntil: number;
  accessAlive: boolean;
  refreshAlive: boolean;
}

export interface Tokens {
  /** Successful answers of `/oauth/token`; tokens spent by a rival are not counted. */
  exchanges: number;
  refused: number;
  rivalExchanges: number;
  issued: Issue[];
  byRefresh: Map<string, Issue>;
  byAccess: Map<string, Issue>;
}

export interface TokenSettings {
  accessSeconds: number;
  refreshSeconds: number;
  omitRefreshToken: boolean;
  reuseRevokes: boolean;
}

type Given = { access?: string; refresh?: string };

export const createTokens = (): Tokens => ({
  exchanges: 0,
  refused: 0,
  rivalExchanges: 0,
  issued: [],
  byRefresh: new Map(),
  byAccess: new Map(),
});

export function issue(
  tokens: Tokens,
  settings: TokenSettings,
  now: number,
  by: Issue['by'],
  given: Given = {},
): Issue {
  const version = tokens.issued.length + 1;
  const secret = () => randomBytes(12).toString('hex');
  const made: Issue = {
    version,
    access: given.access ?? `ion-access-${version}-${secret()}`,
    refresh: given.refresh ?? `ion-refresh-${version}-${secret()}`,
    by,
    issuedAt: now,
    accessUntil: now + settings.accessSeconds * 1000,
    refreshUntil: now + settings.refreshSeconds * 1000,
    accessAlive: true,
    refreshAlive: true,
  };
  tokens.issued.push(made);
  tokens.byRefresh.set(made.refresh, made);
  tokens.byAccess.set(made.access, made);
  return made;
}

/** Spends a refresh token: it and its access token are invalid from now on, whether or not the answer arrives. */
export function exchange(
  tokens: Tokens,
  refresh: string,
  settings: TokenSettings,
  now: number,
  by: 'exchange' | 'rival',
): Issue | undefined {
  const old = tokens.byRefresh.get(refresh);
  if (!old?.refreshAlive || old.refreshUntil <= now) {
    if (old && settings.reuseRevokes) revoke(tokens);
    if (by === 'exchange') tokens.refused++;
    return undefined;
  }
  if (by === 'exchange') tokens.exchanges++;
  else tokens.rivalExchanges++;
  old.accessAlive = false;
  old.refreshAlive = false;
  // If the answer has no new refresh token, the old one stays valid; otherwise every such answer would end the chain.
  const kept = settings.omitRefreshToken ? { refresh } : {};
  return issue(tokens, settings, now, by, kept);
}

export function revoke(tokens: Tokens): void {
  for (const made of tokens.issued) {
    made.accessAlive = false;
    made.refreshAlive = false;
  }
}

export function liveAccess(tokens: Tokens, access: string, now: number): Issue | undefined {
  const found = tokens.byAccess.get(access);
  return found?.accessAlive && found.accessUntil > now ? found : undefined;
}

/** For tests that search logs and history for tokens: every token ever issued, valid or not. */
export function tokenReport(tokens: Tokens, now: number) {
  const latest = tokens.issued.findLast((made) => made.refreshAlive && made.refreshUntil > now);
  return {
    exchanges: tokens.exchanges,
    refused: tokens.refused,
    rivalExchanges: tokens.rivalExchanges,
    currentRefresh: latest?.refresh ?? null,
    currentAccess: latest?.accessAlive && latest.accessUntil > now ? latest.access : null,
    issued: tokens.issued,
  };
}
