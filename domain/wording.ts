import Big from 'big.js';

/** How messages name things: always with the id, because names repeat. */

/** `“Contoso” (customer 20011)`; without a name the id alone. */
export const named = (what: string, id: string, name?: string | null): string =>
  name?.trim() ? `“${name.trim()}” (${what} ${id})` : `${what} ${id}`;

/** `1 licence`, `2 licences`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** `a`, `a and b`, `a, b and 3 more`; `total` if only some are given. */
export function listed(parts: readonly string[], most = 3, total = parts.length): string {
  const shown = total > most ? parts.slice(0, most - 1) : parts;
  const all = total > shown.length ? [...shown, `${total - shown.length} more`] : shown;
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

const units: Record<string, string> = { D: 'day', M: 'month', Y: 'year' };

/** A span of time after “another”: `P1Y` is `year`, `P3M` is `3 months`; any other text stays as it is. */
export function spanText(span: string): string {
  const [, count, unit = ''] = /^P(\d+)([DMY])$/.exec(span) ?? [];
  if (!count) return span;
  return count === '1' ? units[unit]! : `${count} ${units[unit]}s`;
}

/** A sum in one currency and billing cycle; sums of different ones are never added. */
export interface MoneyOf {
  /** Decimal string. */
  amount: string;
  currency: string | null;
  cycle: string | null;
}

/** A sum as on a bill, with two decimals; less than a cent stays as it is. */
function billed(amount: string): string {
  const sum = new Big(amount);
  return sum.abs().gt(0) && sum.abs().lt('0.005') ? amount : sum.toFixed(2, Big.roundHalfEven);
}

/** `12.50 EUR monthly and 300.00 USD annual`; empty if nothing is known. */
export const worth = (money: readonly MoneyOf[]): string =>
  listed(
    money.map(({ amount, currency, cycle }) => [billed(amount), currency, cycle].filter(Boolean).join(' ')),
    5,
  );

/** The same in parentheses, for the middle of a sentence. */
export const valued = (money: readonly MoneyOf[]): string => (money.length > 0 ? ` (${worth(money)})` : '');

const fieldNames: Record<string, string> = {
  name: 'name', quantity: 'quantity', unitCost: 'purchase price', unitPrice: 'sale price', currency: 'currency',
  status: 'status', statusText: 'status', billingCycle: 'billing cycle', term: 'term', startDate: 'start date',
  endDate: 'end date', renewalDate: 'renewal date', autoRenew: 'automatic renewal', cancelUntil: 'cancellation window',
  renewalCost: 'cost after renewal', renewalPrice: 'price after renewal', minQuantity: 'minimum quantity',
  maxQuantity: 'maximum quantity', usage: 'billing type',
  trial: 'trial flag', distributor: 'distributor', active: 'active flag', clientId: 'client', customerId: 'customer',
  tenantId: 'tenant id', sku: 'product SKU', vendorSku: 'vendor SKU', inactive: 'inactive flag', address: 'address',
}; // biome-ignore format: a table

/** A field's name for readers. */
export const fieldName = (field: string): string => fieldNames[field] ?? field;
