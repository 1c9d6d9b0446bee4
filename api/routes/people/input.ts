import { finished } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { type InfoRecord, parse } from 'csv-parse';
import { z } from 'zod';
import type { Person } from '../../../domain/people.ts';
import { type FieldError, fieldErrors } from '../../problem.ts';
import { text } from '../../schemas.ts';

/** A list of people from JSON or CSV; each is read separately, so that an invalid line costs only that line. */
export const maxPeople = 10_000;

const blank = (value: unknown) => (typeof value === 'string' && value.trim() === '' ? null : (value ?? null));

export const person = z.strictObject({
  id: text(200).describe("The phone system's id; it stays when the name changes."),
  name: text(200),
  email: z.preprocess(blank, z.email('must be an e-mail address').max(320).nullable()),
  extension: z.preprocess(blank, text(40).nullable()),
});

export interface PeopleRead {
  people: Person[];
  /** One per field, with the number of its line or item. */
  errors: FieldError[];
}

interface Line {
  /** A JSON pointer. */
  at: string;
  /** For people. */
  called: string;
  fields?: unknown;
  /** Why its fields could not be separated. */
  problem?: string;
}

/** How much CSV and how many lines are read before other requests get a turn. */
const slice = { characters: 2_048, lines: 200 };

export const fromItems = (items: unknown[]): Promise<PeopleRead> =>
  read(items.map((fields, n) => ({ at: `/items/${n}`, called: `item ${n + 1}`, fields })));

async function read(lines: Line[]): Promise<PeopleRead> {
  const people = new Map<string, Person>();
  const firsts = new Map<string, string>();
  const errors: FieldError[] = [];
  for (const [n, { at, called, fields, problem }] of lines.entries()) {
    if (n % slice.lines === 0) await setImmediate();
    if (problem) {
      errors.push({ pointer: at, detail: `${called}: ${problem}` });
      continue;
    }
    const parsed = person.safeParse(fields);
    const wrong = parsed.success ? [] : fieldErrors(parsed.error.issues, at);
    const first = parsed.success ? firsts.get(parsed.data.id) : undefined;
    if (first) wrong.push({ pointer: `${at}/id`, detail: `has the id of ${first}` });
    errors.push(...wrong.map(({ pointer, detail }) => ({ pointer, detail: `${called}: ${detail}` })));
    if (wrong.length > 0 || !parsed.success) continue;
    firsts.set(parsed.data.id, called);
    people.set(parsed.data.id, parsed.data);
  }
  return { people: [...people.values()], errors };
}

const columns = ['id', 'name', 'email', 'extension'];
const needed = ['id', 'name'];

/** The first line names the columns, in any order; unknown ones are ignored. It also decides the separator. */
export async function fromCsv(bytes: Buffer): Promise<PeopleRead> {
  let source: string;
  try {
    source = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refused('the file is not UTF-8; save it as "CSV UTF-8"');
  }
  const { rows, unreadable, count } = await parseCsv(source);
  const names = rows.shift()?.record.map((name) => name.toLowerCase()) ?? [];
  const missing = needed.filter((name) => !names.includes(name));
  if (missing.length > 0) return refused(`the first line names no column ${missing.join(', ')}`);
  const places = columns
    .map((name) => [name, names.indexOf(name)] as const)
    .filter(([, place]) => place >= 0);
  const line = (number: number, rest: Omit<Line, 'at' | 'called'>) =>
    [number, { at: `/lines/${number}`, called: `line ${number}`, ...rest }] as const;
  const lines = [
    ...unreadable.slice(0, maxPeople).map((number) => line(number, { problem: 'cannot be read as CSV' })),
    ...rows.slice(0, maxPeople).map(({ record, info }) =>
      line(
        info.lines,
        // If a value holds an unquoted separator, all following values are in the wrong column.
        record.length === names.length
          ? { fields: Object.fromEntries(places.map(([name, place]) => [name, record[place]])) }
          : { problem: `has ${record.length} values for ${names.length} columns` },
      ),
    ),
  ];
  const { people, errors } = await read(lines.sort(([one], [other]) => one - other).map(([, line]) => line));
  return count > maxPeople ? tooMany(count, errors) : { people, errors };
}

const tooMany = (count: number, errors: FieldError[]): PeopleRead => ({
  people: [],
  errors: [
    { pointer: '/', detail: `the file has ${count} lines; a list holds at most ${maxPeople}` },
    ...errors,
  ],
});

/** In slices, so that other requests are answered in between. The rest of a list that is too long is only counted. */
async function parseCsv(source: string) {
  const head = source.slice(0, 4_000).split('\n', 1)[0]!;
  const delimiter = [',', ';', '\t'].sort((a, b) => head.split(b).length - head.split(a).length)[0]!;
  const unreadable: number[] = [];
  const rows: { record: string[]; info: InfoRecord }[] = [];
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    skip_records_with_error: true,
    on_skip: (error) => void unreadable.push(Number(error?.lines ?? 0)),
  });
  parser.on('data', (row) => rows.push(row));
  // The header line is not counted.
  const lines = () => rows.length - 1 + unreadable.length;
  let from = 0;
  for (; from < source.length && lines() <= maxPeople; from += slice.characters) {
    parser.write(source.slice(from, from + slice.characters));
    await setImmediate();
  }
  parser.end();
  await finished(parser);
  return { rows, unreadable, count: lines() + source.slice(from).split('\n').length - 1 };
}

const refused = (detail: string): PeopleRead => ({
  people: [],
  errors: [{ pointer: '/lines/1', detail: `line 1: ${detail}` }],
});
