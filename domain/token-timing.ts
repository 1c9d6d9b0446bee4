/** When an access token is renewed, by one clock: the database's. */
export interface TokenTimes {
  accessExpiresAt: Date;
  /** When it was requested. */
  lastRotatedAt: Date;
}

const early = 120_000;

/** Two minutes before it expires, or in the last fifth of a lifetime shorter than ten minutes. */
export function isDue({ accessExpiresAt, lastRotatedAt }: TokenTimes, now: Date): boolean {
  const life = accessExpiresAt.getTime() - lastRotatedAt.getTime();
  return accessExpiresAt.getTime() - now.getTime() <= Math.min(early, life / 5);
}

const week = 7 * 24 * 3_600_000;

/** Idle refresh tokens are renewed weekly; `chance` in 0…1 spreads the renewals over the last tenth of the week. */
export const idleRenewalMs = (chance: number): number => Math.round(week * (1 - chance / 10));

/** Back-off while the token endpoint is unavailable: half a minute, doubling up to an hour. */
export const retryExchangeMs = (failures: number): number =>
  Math.min(30_000 * 2 ** Math.min(failures, 10), 3_600_000);
