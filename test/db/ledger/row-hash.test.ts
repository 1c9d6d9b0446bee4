import { expect, test } from 'vitest';
import { ledgerRow } from '../../../db/ledger/rows.ts';
import type { Licence } from '../../../domain/licence.ts';

const licence: Licence = {
  id: '7', clientId: '1', name: 'Azure plan', quantity: '5', unitCost: '2', unitPrice: '3', status: 'active', billingCycle: 'monthly', term: 'P1Y',
  startDate: null, endDate: null, autoRenew: true, distributor: 'ArrowSphere', sku: null, vendorSku: null, vendor: null, tenantId: null,
  customerId: 'C1', active: true, deleted: false, linkId: null, marker: null, unreadable: [],
}; // biome-ignore format: one licence

test('a mirrored row is the same in whatever order its fields were read', () => {
  const turned = Object.fromEntries(Object.entries(licence).reverse()) as unknown as Licence;
  expect(ledgerRow('licences', turned)).toEqual(ledgerRow('licences', licence));
  expect(ledgerRow('licences', { ...licence, quantity: '6' } as Licence).hash).not.toBe(
    ledgerRow('licences', licence).hash,
  );
});
