import { type Amount, moneyText, type Sign } from './figures.ts';

interface MoneyProps {
  sign?: Sign;
  /** Decimal places at most. */
  places?: number;
}

export function Money({ sign, places, ...amount }: Amount & MoneyProps) {
  return <span className="number">{moneyText(amount, sign, undefined, places)}</span>;
}

/** One line per currency and cycle: amounts of different ones are never added. */
export function MoneyList({ amounts, ...shown }: MoneyProps & { amounts: Amount[] }) {
  return amounts.map((each) => <Money key={`${each.currency} ${each.cycle ?? ''}`} {...each} {...shown} />);
}
