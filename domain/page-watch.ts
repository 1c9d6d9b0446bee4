/** What is known of a scope's pages so far, across activity calls. */
export interface PagesSeen {
  cursors: string[];
  /** A digest of the ids of each page that had records. */
  digests: string[];
  /** The number of pages without any id. */
  empty: number;
  received: number;
}

export interface SeenPage {
  cursor: string;
  /** null if the page had no id. */
  digest: string | null;
  received: number;
  declared: number | null;
  /** The next cursor; null at the end and for numbered pages. */
  next: string | null;
  /** Whether the source says there are more pages. */
  more: boolean;
}

/** Short and empty pages in between are allowed, but not this many. */
const mostEmpty = 50;

/**
 * Makes every listing end: returns for each page why the listing must stop there, or null to continue. It stops when a
 * page repeats by content or by cursor, after however long a cycle, and at pages beyond the declared total.
 */
export function createPageWatch({ cursors, digests, empty, received }: PagesSeen) {
  const asked = new Set(cursors);
  const held = new Set(digests);
  let barren = empty;
  let records = received;
  return (page: SeenPage): string | null => {
    const before = records;
    records += page.received;
    asked.add(page.cursor);
    if (page.digest === null) barren++;
    else if (held.has(page.digest)) return 'The same page was returned twice.';
    else held.add(page.digest);
    if (page.next !== null && asked.has(page.next)) return 'The pages form a loop.';
    if (!page.more) return null;
    if (barren > mostEmpty) return 'Too many pages without a record were returned.';
    if (page.declared !== null && page.received > 0 && before >= page.declared && before > 0)
      return `The source declares ${page.declared} records and returned more.`;
    return null;
  };
}
