import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isGiven, isRecord } from '../../domain/reading.ts';
import { changed, mutation, type Row, type Specimen, specimens } from './mutations.ts';

/**
 * One field of a valid record turned into something odd. A record is put aside only for what it cannot do without; a
 * field that was given is read as it was meant or named as unreadable; and no other field is touched.
 */
const options = { numRuns: 1_500, seed: 20_261_127 };

describe.each(specimens)('$name', (specimen) => {
  const before = specimen.read(specimen.record) as { row: Row };

  test('is read whole as it is', () => {
    expect(before.row.unreadable).toEqual([]);
  });

  test('loses nothing unsaid when one of its fields is odd', () => {
    fc.assert(
      fc.property(mutation(specimen), ({ path, value }) => {
        const read = specimen.read(changed(specimen.record, path, value));
        if ('problem' in read) {
          expect(specimen.needed, `${path}: ${read.problem}`).toContain(path);
          if (path !== specimen.id) expect(read.id).toBe(before.row.id);
          return;
        }
        const fields = [
          ...(specimen.readFor[path] ?? []),
          ...(specimen.needed.includes(path) ? identity : []),
        ];
        const derived = [...fields, ...fields.flatMap((field) => dependents[field] ?? []), 'unreadable'];
        for (const [field, was] of Object.entries(before.row)) {
          const is = read.row[field];
          if (!derived.includes(field)) expect(is, `${field}, which ${path} is nothing to`).toEqual(was);
        }
        if (!isGiven(value)) return;
        for (const field of specimen.readFor[path] ?? [])
          if (!read.row.unreadable.includes(field)) kept(specimen, path, field, value, before.row, read.row);
        expect(derived).toEqual(expect.arrayContaining(read.row.unreadable));
      }),
      options,
    );
  });
});

/** What a needed field may be read for. */
const identity = ['id', 'customerId', 'name', 'own', 'trial', 'term', 'usage'];
/** Fields worked out from others. */
const dependents: Record<string, string[]> = {
  quantity: ['usage', 'unitCost', 'unitPrice'],
  endDate: ['status', 'renewalDate'],
  autoRenew: ['status'],
  billingCycle: ['usage'],
  status: ['statusText', 'trial'],
};

/** A value that was given and is not named as unreadable has a meaning, and the row has it. */
function kept(specimen: Specimen, path: string, field: string, given: unknown, before: Row, row: Row) {
  const told = `${specimen.name}: ${field} of ${JSON.stringify(given)?.slice(0, 80)}`;
  const value = row[field];
  // A part of a record: its members speak for themselves.
  if (parts.has(path) && (isRecord(given) || (Array.isArray(given) && given.length === 0))) return;
  if (numbers.has(field)) {
    expect(value, told).not.toBeNull();
    expect(Math.abs(Number(value) - Number(given)), told).toBeLessThan(0.0001);
  } else if (field.endsWith('Date') || field === 'cancelUntil') {
    if (value === null)
      expect(String(given), told).toMatch(
        /^(0+\.?0*|-?0|(0\d{3}|1[0-8]\d\d|190[01]|2[1-9]\d\d|[3-9]\d{3})-.*)$/,
      );
  } else if (flags.has(field)) {
    expect(String(given).trim().toLowerCase(), told).toMatch(
      value ? /^(true|1|yes)$/ : /^(false|-?0|no|.*-.*)$/,
    );
  } else if (field === 'address') {
    const lost = Object.entries((before.address ?? {}) as object).filter(
      ([part, was]) => was !== null && ((row.address ?? {}) as Record<string, unknown>)[part] == null,
    );
    if (!blank(given)) expect(lost, told).toEqual([]);
  } else if (typeof given === 'string' && !blank(given) && !vocabulary.has(field)) {
    expect(value, told).not.toBeNull();
    expect(value, told).not.toBe('');
  } else if (typeof given === 'object') {
    expect(given, told).toBeNull();
  }
}

const parts = new Set([
  'Details', 'Contact', 'price', 'price.unit', 'customerAddress', 'priceBand', 'priceBand.prices', 'priceBand.saleConstraints',
  'actionMessages',
]); // biome-ignore format: a list
const numbers = new Set([
  'quantity', 'unitCost', 'unitPrice', 'renewalCost', 'renewalPrice', 'minQuantity', 'maxQuantity',
]); // biome-ignore format: a list
const flags = new Set(['trial', 'autoRenew', 'active', 'deleted', 'inactive']);
/** Words of a list: one that is not in it says nothing. */
const vocabulary = new Set([
  'vendor',
  'term',
  'usage',
  'status',
  'linkId',
  'topLevelId',
  'mainSiteId',
  'recordId',
  'clientId',
]);
const blank = (given: unknown) => typeof given === 'string' && given.replaceAll('\0', '').trim() === '';
