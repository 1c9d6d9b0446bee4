import { expect, test } from 'vitest';
import { licenceFields, linkType, marker } from '../../domain/licence.ts';

test('the type of a link tells the account and what it links', () => {
  expect(linkType('arrowsphere', 'XSP1', 'subscription')).toBe('arrowsphere:XSP1:subscription');
});

test('the marker holds type and id', () => {
  expect(marker('arrowsphere:XSP1:customer', 'C1')).toBe('[tributary arrowsphere:XSP1:customer C1]');
});

test('each field has its place', () => {
  expect(new Set(licenceFields).size).toBe(licenceFields.length);
});
