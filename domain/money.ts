import Big from 'big.js';

/**
 * A decimal string with at most `places` decimals, rounded half-even, without trailing zeros. Accepts what outside
 * systems send: numbers (by their shortest decimal form, without binary noise) and numeric text.
 * Returns null for anything that is not a finite number.
 */
export function decimal(value: unknown, places = 6): string | null {
  if (typeof value === 'string' && value.trim() === '') return null;
  if (typeof value !== 'number' && typeof value !== 'string') return null;
  const text = String(value);
  const point = text.indexOf('.');
  if (canonical.test(text) && (point < 0 || text.length - point - 1 <= places)) return text;
  try {
    const rounded = new Big(typeof value === 'string' ? value.trim() : value).round(
      places,
      Big.roundHalfEven,
    );
    return rounded.eq(0) ? '0' : rounded.toFixed();
  } catch {
    return null;
  }
}

/** Already canonical, as most numbers are: nothing to round. */
const canonical = /^(0|-?[1-9]\d*|-?(0|[1-9]\d*)\.\d*[1-9])$/;

/** Unit price from a total: half-even at 6 places; null if unknown. */
export function perUnit(total: string | null, quantity: string | null): string | null {
  if (total === null || quantity === null || new Big(quantity).eq(0)) return null;
  return decimal(new Big(total).div(quantity).toFixed(12));
}
