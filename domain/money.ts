import Big from 'big.js';

/**
 * A decimal string of at most `places` decimals, rounded half-even, without trailing zeros. Takes what upstreams
 * send: numbers (whose shortest decimal form is meant, never their binary noise) and numeric text.
 * Returns null for anything that is not a finite number.
 */
export function decimal(value: unknown, places = 6): string | null {
  if (typeof value === 'string' && value.trim() === '') return null;
  if (typeof value !== 'number' && typeof value !== 'string') return null;
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

/** Unit price from a total: half-even at 6 places, null when it cannot be known. */
export function perUnit(total: string | null, quantity: string | null): string | null {
  if (total === null || quantity === null || new Big(quantity).eq(0)) return null;
  return decimal(new Big(total).div(quantity).toFixed(12));
}

/** Equal once both are rounded half-even at 4 places, as the destination compares money. */
export const sameMoney = (a: string | null, b: string | null) => decimal(a, 4) === decimal(b, 4);
