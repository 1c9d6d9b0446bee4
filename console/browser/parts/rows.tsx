import Pagination from '@cloudscape-design/components/pagination';
import { type ReactNode, useState } from 'react';
import { ItemsTable, type ItemsTableProps, rowsOf } from './items-table.tsx';
import { Printed, usePrinting } from './printed.tsx';

const perPage = 50;

interface RowsProps<Row>
  extends Omit<ItemsTableProps<Row>, 'query' | 'heading' | 'empty' | 'place' | 'onPlace' | 'inside'> {
  rows: Row[];
  /** Shown without rows; otherwise there are always some. */
  empty?: ReactNode;
  /** On its own, with a heading; otherwise inside something that names them. */
  apart?: boolean;
}

/** Rows already loaded, fifty at a time; on paper all of them. */
export function Rows<Row>({ rows, empty = null, apart = false, ...table }: RowsProps<Row>) {
  const [page, setPage] = useState(1);
  const pages = Math.max(1, Math.ceil(rows.length / perPage));
  const at = Math.min(page, pages);
  if (usePrinting())
    return <Printed title={table.title} columns={table.columns} rows={rows} idOf={table.idOf} />;
  return (
    <>
      <ItemsTable
        {...table}
        heading={apart ? undefined : null}
        empty={empty}
        inside={!apart}
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
