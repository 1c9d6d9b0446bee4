import { randomBytes } from 'node:crypto';

export interface Issue {
  version: number;
  access: string;
  issuedAt: number;
  until: number;
  alive: boolean;
}

/** Several access tokens are valid at once: a new one does not invalidate the others. */
export interface Tokens {
  exchanges: number;
  refused: number;
  issued: Issue[];
  byAccess: Map<string, Issue>;
}

export const createTokens = (): Tokens => ({ exchanges: 0, refused: 0, issued: [], byAccess: new Map() });

export function issue(tokens: Tokens, seconds: number, now: number): Issue {
  const version = tokens.issued.length + 1;
  const access = `eyJ-stellr-${version}-${randomBytes(12).toString('hex')}`;
  const made = { version, access, issuedAt: now, until: now + seconds * 1000, alive: true };
  tokens.exchanges++;
  tokens.issued.push(made);
  tokens.byAccess.set(access, made);
  return made;
}

export function isAlive(tokens: Tokens, access: string, now: number): boolean {
  const found = tokens.byAccess.get(access);
  return found?.alive === true && found.until > now;
}

export function revoke(tokens: Tokens): void {
  for (const made of tokens.issued) made.alive = false;
}

export const tokenReport = ({ exchanges, refused, issued }: Tokens, now: number) => ({
  exchanges,
  refused,
  currentAccess: issued.findLast((made) => made.alive && made.until > now)?.access ?? null,
  issued,
});
