/** Where a token stands among all there ever were of its connection: later entries, then higher versions, are newer. */
export interface TokenMark {
  /** When a person entered the refresh token it descends from, ISO 8601. */
  enteredAt: string;
  version: number;
}

export const markOf = (row: { enteredAt: Date | null; version: number }): TokenMark => ({
  enteredAt: (row.enteredAt ?? new Date(0)).toISOString(),
  version: row.version,
});

/** A row that is older than one known to have been stored comes from a backup. */
export function isOlder(mark: TokenMark, than: TokenMark): boolean {
  if (mark.enteredAt !== than.enteredAt) return mark.enteredAt < than.enteredAt;
  return mark.version < than.version;
}
