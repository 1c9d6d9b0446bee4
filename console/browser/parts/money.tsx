import { type Amount, moneyText, type Sign } from './figures.ts';

export function Money({ sign, ...amount }: Amount & { sign?: Sign }) {
  return <span className="number">{moneyText(amount, sign)}</span>;
}

/** One line per currency and cycle: amounts of different ones are never added. */
export function MoneyList({ amounts, sign }: { amounts: Amount[]; sign?: Sign }) {
  return amounts.map((each) => <Money key={`${each.currency} ${each.cycle ?? ''}`} {...each} sign={sign} />);
}
