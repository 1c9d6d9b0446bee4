import Box from '@cloudscape-design/components/box';
import Toggle from '@cloudscape-design/components/toggle';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import type { DrawnProps } from './drawn.tsx';

// The chart library is as large as a page, so it is loaded with the first chart.
const Drawn = lazy(() => import('./drawn.tsx'));

interface ChartProps extends DrawnProps {
  /** What it shows, for screen readers: "Licences of Contoso over time". */
  label: string;
  /** The header of the table's first column. */
  along: string;
  /** Another column of the table: what the marks are, and a text for each. */
  markColumn?: { header: string; of(at: string): ReactNode };
}

/** A chart, with the same numbers as a table on demand. */
export function Chart({ label, along, markColumn, ...drawn }: ChartProps) {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className="chart" aria-label={label}>
      <Toggle checked={asTable} onChange={({ detail }) => setAsTable(detail.checked)}>
        Show as table
      </Toggle>
      {asTable ? (
        <table>
          <thead>
            <tr>
              <th scope="col">{along}</th>
              {drawn.series.map(({ key, name }) => (
                <th key={key} scope="col">
                  {name}
                </th>
              ))}
              {markColumn && <th scope="col">{markColumn.header}</th>}
            </tr>
          </thead>
          <tbody>
            {drawn.points.map((point) => (
              <tr key={point.at}>
                <th scope="row">{drawn.atText?.(point.at) ?? point.at}</th>
                {drawn.series.map(({ key }) => (
                  <td key={key}>{point[key] ?? '–'}</td>
                ))}
                {markColumn && <td>{markColumn.of(point.at) ?? '–'}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <Suspense fallback={<Box padding="xl">Drawing…</Box>}>
          <Drawn {...drawn} />
        </Suspense>
      )}
    </figure>
  );
}
