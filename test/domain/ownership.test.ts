import { expect, test } from 'vitest';
import { localTime } from '../../domain/local-time.ts';
import { changesOf, type OwnerRule, ownerOf, ownershipOf, unchangedSince } from '../../domain/ownership.ts';

const edited = { field: 'unitPrice', distributor: '10', baseline: '10', destination: '12' };

test('a field is the distributor’s, until theirs was edited or a person decided', () => {
  expect(ownershipOf({ ...edited, field: 'quantity' }, 'ours', [])).toBe('distributor');
  expect(ownershipOf(edited, 'ask', [])).toBe('held');
  expect(ownershipOf({ ...edited, destination: '10' }, 'ask', [])).toBe('distributor');
  expect(ownershipOf({ ...edited, baseline: undefined }, 'ask', [])).toBe('distributor');
  expect(ownershipOf(edited, 'ask', [{ decision: 'keepTheirs', fields: ['unitPrice'] }])).toBe('kept');
  expect(ownershipOf(edited, 'ask', [{ decision: 'keepTheirs', fields: ['name'] }])).toBe('held');
  expect(ownershipOf(edited, 'ask', [{ decision: 'takeOurs', fields: null }])).toBe('taken');
});

test('the first rule of an integration that fits decides who owns a field', () => {
  const microsoft = { vendor: 'microsoft', sku: 'CFQ7', vendorSku: null };
  const rules: OwnerRule[] = [
    { field: 'name', owner: 'theirs', vendor: 'Microsoft' },
    { field: 'unitPrice', owner: 'ours', sku: 'cfq7' },
    { field: 'unitPrice', owner: 'theirs' },
  ];
  expect(ownerOf('name', microsoft, rules)).toBe('theirs');
  expect(ownerOf('name', { vendor: 'Acronis' }, rules)).toBe('ask');
  expect(ownerOf('unitPrice', microsoft, rules)).toBe('ours');
  expect(ownerOf('unitPrice', {}, rules)).toBe('theirs');
  expect(ownerOf('quantity', microsoft, rules)).toBe('ours');
  expect(ownerOf('active', microsoft, rules)).toBe('ours');
  expect(ownerOf('tenantId', microsoft, rules)).toBeNull();
  expect(ownershipOf({ ...edited }, 'theirs', [])).toBe('destination');
});

test('what changed, and since when a value stands', () => {
  const at = (day: number) => new Date(Date.UTC(2026, 0, day));
  const versions = [
    { from: at(5), fields: { quantity: '3', name: 'B' } },
    { from: at(4), fields: { quantity: '3', name: 'A' } },
    { from: at(3), fields: { quantity: '3', name: 'A' } },
    { from: at(1), fields: { quantity: '1', name: 'A' } },
  ];
  expect(unchangedSince('quantity', versions)).toEqual(at(3));
  expect(unchangedSince('name', versions)).toEqual(at(5));
  expect(unchangedSince('none', versions)).toEqual(at(1));
  expect(unchangedSince('name', [])).toBeNull();
  expect(changesOf(versions)).toEqual([
    { at: at(5), before: { name: 'A' }, after: { name: 'B' } },
    { at: at(3), before: { quantity: '1' }, after: { quantity: '3' } },
    { at: at(1), before: null, after: { quantity: '1', name: 'A' } },
  ]);
});

test('a clock of a zone shows summer time', () => {
  expect(localTime(new Date('2026-10-24T23:30:00Z'), 'Europe/Berlin')).toBe('2026-10-25T01:30:00+02:00');
  expect(localTime(new Date('2026-10-25T01:30:00Z'), 'Europe/Berlin')).toBe('2026-10-25T02:30:00+01:00');
  expect(localTime(new Date('2026-01-01T00:00:00Z'), 'UTC')).toBe('2026-01-01T00:00:00+00:00');
});
