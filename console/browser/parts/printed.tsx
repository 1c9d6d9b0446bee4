import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';
import type { Column } from './items-table.tsx';

/** Whether the page is being printed; it is drawn for that before the browser takes it. */
export function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const begin = () => flushSync(() => setPrinting(true));
    const end = () => setPrinting(false);
    addEventListener('beforeprint', begin);
    addEventListener('afterprint', end);
    return () => {
      removeEventListener('beforeprint', begin);
      removeEventListener('afterprint', end);
    };
  }, []);
  return printing;
}

interface PrintedProps<Row> {
  title: string;
  columns: Column<Row>[];
  rows: Row[];
  idOf(row: Row): string;
}

/** All rows of a table on paper, its head on each sheet. */
export function Printed<Row>({ title, columns, rows, idOf }: PrintedProps<Row>) {
  const shown = columns.filter(({ hidden }) => !hidden);
  return (
    <table className="printed">
      <caption>{title}</caption>
      <thead>
        <tr>
          {shown.map(({ id, header }) => (
            <th key={id} scope="col">
              {header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={idOf(row)}>
            {shown.map(({ id, cell }) => (
              <td key={id}>{cell(row)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
