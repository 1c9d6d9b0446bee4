/** What is known of a scope's pages so far, wherever they were read. */
export interface PagesSeen {
  cursors: string[];
  /** What each page that held records held, as a digest of its ids. */
  digests: string[];
  /** Pages that held nothing with an id. */
  empty: number;
  received: number;
}

export interface SeenPage {
  cursor: string;
  /** null: it held nothing with an id. */
  digest: string | null;
  received: number;
  declared: number | null;
  /** Of a listing whose pages follow each other; null at its end and where pages are numbered. */
  next: string | null;
  /** Whether the source says that there is more. */
  more: boolean;
}

/** Short and empty pages in between are allowed; so many are no listing. */
const mostEmpty = 50;

/**
 * Every listing ends: says of each page why nothing after it is to be asked for, null where the listing goes on. A page
 * seen before ends it, by what it holds or by where it leads, however long the circle; so do pages beyond the total.
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
    if (page.next !== null && asked.has(page.next)) return 'The pages lead in a circle.';
    if (!page.more) return null;
    if (barren > mostEmpty) return 'Page after page was returned without a record.';
    if (page.declared !== null && page.received > 0 && before >= page.declared && before > 0)
      return `The source declares ${page.declared} records and returned more.`;
    return null;
  };
}
