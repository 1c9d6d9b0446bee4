/** A part's findings: what is printed and what goes into docs/benchmarks.md. */
export interface Section {
  part: string;
  title: string;
  /** How it was measured, in a sentence or two. */
  how: string;
  tables: Table[];
  /** Markdown after the tables: plans, charts. */
  after?: string;
}

export interface Table {
  head: string[];
  rows: (string | number)[][];
}

export interface Spread {
  min: number;
  median: number;
  max: number;
}

export function spread(values: number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
  return { min: sorted[0]!, median, max: sorted.at(-1)! };
}

export const digits = (value: number) => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
/** `min / median / max` */
export const spelled = ({ min, median, max }: Spread) =>
  min === max ? digits(median) : `${digits(min)} / ${digits(median)} / ${digits(max)}`;
/** How many times `of` one is, by medians. */
export const times = (one: Spread, of: Spread) => `${digits(one.median / of.median)}×`;

export function markdown({ head, rows }: Table): string {
  const line = (cells: (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

export function plain({ head, rows }: Table): string {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, i) => Math.max(...cells.map((row) => (row[i] ?? '').length)));
  return cells
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
    )
    .join('\n');
}

/** Bars that GitHub draws. */
export const chart = (title: string, axis: string, bars: [label: string, value: number][]) =>
  [
    '```mermaid',
    'xychart-beta horizontal',
    `  title "${title}"`,
    `  x-axis [${bars.map(([label]) => `"${label}"`).join(', ')}]`,
    `  y-axis "${axis}" 0 --> ${Math.ceil(Math.max(...bars.map(([, value]) => value)) * 1.1)}`,
    `  bar [${bars.map(([, value]) => value.toFixed(2)).join(', ')}]`,
    '```',
  ].join('\n');
