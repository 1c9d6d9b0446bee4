/** Orders all tokens a connection ever had: a later entry is newer, then a higher version. */
export interface TokenMark {
  /** When a person entered the refresh token it descends from, ISO 8601. */
  enteredAt: string;
  version: number;
}

export const markOf = (row: { enteredAt: Date | null; version: number }): TokenMark => ({
  enteredAt: (row.enteredAt ?? new Date(0)).toISOString(),
  version: row.version,
});

/** True for a row that is older than a token known to be stored: it comes from a backup. */
export function isOlder(mark: TokenMark, than: TokenMark): boolean {
  if (mark.enteredAt !== than.enteredAt) return mark.enteredAt < than.enteredAt;
  return mark.version < than.version;
}
