import Pagination from '@cloudscape-design/components/pagination';

/** The position in a list, as stored in the URL. */
export interface Place {
  cursor?: string;
  page?: string;
}

/** How each page of a list was reached; a list opened at its third page goes back to the first. */
const cameFrom = new Map<string, string | undefined>();

/** Pagination by cursor: forward while there are more pages, back along the visited ones. */
export function Pager({
  place,
  nextCursor,
  label,
  onGo,
}: {
  place: Place;
  nextCursor: string | null | undefined;
  label: string;
  onGo(place: Place): void;
}) {
  const page = place.cursor ? Math.max(2, Number(place.page) || 2) : 1;
  if (page === 1 && !nextCursor) return null;
  const next = () => {
    if (!nextCursor) return;
    cameFrom.set(nextCursor, place.cursor);
    onGo({ cursor: nextCursor, page: String(page + 1) });
  };
  const previous = () => {
    const cursor = cameFrom.get(place.cursor!);
    onGo(cursor ? { cursor, page: String(page - 1) } : {});
  };
  return (
    <Pagination
      pagesVariant="compact"
      currentPageIndex={page}
      pagesCount={nextCursor ? page + 1 : page}
      openEnd={Boolean(nextCursor)}
      onChange={({ detail }) => (detail.currentPageIndex > page ? next() : previous())}
      ariaLabels={{
        paginationLabel: `Pages of ${label}`,
        nextPageLabel: 'Next page',
        previousPageLabel: 'Previous page',
      }}
      i18nStrings={{ pagesCompactText: ({ currentPage }) => `Page ${currentPage}` }}
    />
  );
}
