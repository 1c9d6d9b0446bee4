import { Failure } from '../../domain/failure.ts';

export const pageSize = 100;

export interface RawPage {
  rows: unknown[];
  declared: number | null;
  next: string | null;
  pages: number | null;
}

interface Place {
  pageNo: number;
  /** Rows on the previous pages. */
  before: number;
}

/**
 * A cursor is the page number. If a page held fewer rows than requested, the number of rows so far follows (`3+120`),
 * because the page number no longer tells it.
 */
export function placeOf(cursor: string | null): Place {
  const match = /^([1-9]\d*)(?:\+(\d+))?$/.exec(cursor ?? '1');
  if (!match) throw new Failure('invalid', 'This is not a cursor of StreamOne Stellr.');
  const pageNo = Number(match[1]);
  return { pageNo, before: match[2] ? Number(match[2]) : (pageNo - 1) * pageSize };
}

/** Both parameters are required: without them Stellr answers an empty list. */
export const pageQuery = (pageNo: number, size = pageSize) => `pageNo=${pageNo}&pageSize=${size}`;

/** The rows at `data.records` or one of its other names, and whether there are more. */
export function readPage(json: unknown, cursor: string | null): RawPage {
  const { pageNo, before } = placeOf(cursor);
  const { rows, declared } = envelope(json);
  const seen = before + rows.length;
  const short = rows.length < pageSize;
  const done = rows.length === 0 || (declared === null ? short : seen >= declared);
  // Pages can be requested ahead only while they are as long as requested.
  const regular = declared !== null && (!short || seen === declared) && before === (pageNo - 1) * pageSize;
  return {
    rows,
    declared,
    next: done ? null : seen === pageNo * pageSize ? String(pageNo + 1) : `${pageNo + 1}+${seen}`,
    pages: regular ? Math.max(1, Math.ceil(declared / pageSize)) : null,
  };
}

export const firstPage = (json: unknown): RawPage => readPage(json, null);

/** The one record of an answer. */
export function recordIn(json: unknown): Record<string, unknown> {
  const record = objectOf(objectOf(json)?.data);
  if (record) return record;
  throw new Failure('bad-answer', 'Stellr returned no record where its API documents one.', {
    remedy: 'Check the base URL.',
  });
}

const rowNames = ['records', 'content', 'items', 'data'];
const totalNames = ['total', 'totalElements', 'totalCount', 'totalRecords'];

function envelope(json: unknown): { rows: unknown[]; declared: number | null } {
  const data = objectOf(json)?.data;
  if (Array.isArray(data)) return { rows: data, declared: totalOf(objectOf(json)) };
  const inner = objectOf(data);
  const rows = rowNames.map((name) => inner?.[name]).find(Array.isArray);
  const declared = totalOf(inner);
  if (rows) return { rows, declared };
  if (declared === 0) return { rows: [], declared };
  throw new Failure('bad-answer', 'Stellr returned no list where its API documents one.', {
    remedy: 'Check the base URL.',
  });
}

function totalOf(holder: Record<string, unknown> | null): number | null {
  const found = totalNames
    .map((name) => holder?.[name])
    .find((value) => value !== undefined && value !== null);
  const total = typeof found === 'string' && found.trim() ? Number(found) : found;
  return typeof total === 'number' && Number.isInteger(total) && total >= 0 ? total : null;
}

const objectOf = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
