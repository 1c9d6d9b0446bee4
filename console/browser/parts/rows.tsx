import Pagination from '@cloudscape-design/components/pagination';
import { useState } from 'react';
import { ItemsTable, type ItemsTableProps, rowsOf } from './items-table.tsx';

const perPage = 50;

/** Rows already loaded, fifty at a time, inside something that names them. */
export function Rows<Row>({
  rows,
  ...table
}: { rows: Row[] } & Omit<ItemsTableProps<Row>, 'query' | 'heading' | 'empty' | 'place' | 'onPlace'>) {
  const [page, setPage] = useState(1);
  const pages = Math.max(1, Math.ceil(rows.length / perPage));
  const at = Math.min(page, pages);
  return (
    <>
      <ItemsTable
        {...table}
        heading={null}
        empty={null}
        inside
        query={rowsOf(rows.slice((at - 1) * perPage, at * perPage))}
      />
      {pages > 1 && (
        <Pagination
          currentPageIndex={at}
          pagesCount={pages}
          onChange={({ detail }) => setPage(detail.currentPageIndex)}
          ariaLabels={{
            paginationLabel: `Pages of ${table.title.toLowerCase()}`,
            nextPageLabel: 'Next page',
            previousPageLabel: 'Previous page',
            pageLabel: (number) => `Page ${number}`,
          }}
        />
      )}
    </>
  );
}
