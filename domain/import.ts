/** The counts of an import, as the API shows them. */
export interface Counts {
  created: number;
  updated: number;
  unchanged: number;
  deactivated: number;
  held: number;
  failed: number;
  skipped: number;
  quarantined: number;
}

export interface Progress {
  received: number;
  /** null until the source has said how many there are. */
  total: number | null;
  planned: number;
  applied: number;
  /** HTTP requests made to the destination. */
  calls: number;
}

export interface Completeness {
  /** The total the source declared; null if it declared none. */
  declared: number | null;
  received: number;
  distinct: number;
  duplicates: number;
  unreadable: number;
  complete: boolean;
  /** All declared records were received, even if some lack a readable id, so the end dates of the others count. */
  accounted?: boolean;
  /** Why it is incomplete, in one sentence. */
  reason?: string;
}

/** Why an import or a collection failed, in the form of an API problem. */
export interface ImportProblem {
  type: string;
  title: string;
  detail: string;
}

export const noCounts: Counts = {
  created: 0, updated: 0, unchanged: 0, deactivated: 0, held: 0, failed: 0, skipped: 0, quarantined: 0,
}; // biome-ignore format: one line

export const noProgress: Progress = { received: 0, total: null, planned: 0, applied: 0, calls: 0 };
