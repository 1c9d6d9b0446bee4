import { parse } from 'csv-parse/sync';
import type { FieldError } from './problem.ts';

/** Values that a spreadsheet would run as formulas are written as text. */
const formula = /^[=+\-@\t\r]/;
const plainNumber = /^-?\d+(\.\d+)?$/;

function cell(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value);
  const safe = formula.test(text) && !plainNumber.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A line of RFC 4180. */
export const csvLine = (cells: readonly unknown[]): string => `${cells.map(cell).join(',')}\r\n`;

/** Columns `customerId` and `clientId`, in any order; `create` as client requests a new one, empty ones are skipped. */
export function mappingsFromCsv(text: string): {
  items: { customerId: string; clientId: string | null }[];
  errors: FieldError[];
} {
  const refuse = (detail: string, line = 1) => ({
    items: [],
    errors: [{ pointer: `/lines/${line}`, detail }],
  });
  let rows: Record<string, string>[];
  let named: string[] = [];
  try {
    const head = /^.*/.exec(text)![0];
    const delimiter = [',', ';', '\t'].sort((a, b) => head.split(b).length - head.split(a).length)[0]!;
    const columns = (head: string[]) => {
      named = head;
      return head;
    };
    rows = parse(text, { bom: true, columns, delimiter, skip_empty_lines: true, trim: true });
  } catch (error) {
    return refuse('cannot be read as CSV', Number((error as { lines?: number }).lines ?? 1));
  }
  if (!named.includes('customerId') || !named.includes('clientId'))
    return refuse('the first line must name customerId and clientId');
  const plain = (cell: string) => cell.replace(/^'(?=[=+\-@])/, '');
  const items = rows
    .filter((row) => row.customerId && row.clientId)
    .map(({ customerId, clientId }) => ({
      customerId: plain(customerId!),
      clientId: clientId === 'create' ? null : plain(clientId!),
    }));
  return { items, errors: [] };
}
