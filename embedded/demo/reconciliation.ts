import type { ReconciliationAnswer } from '../../api/routes/reconciliation.ts';
import { figure } from './progress.ts';

export type Reconciliation = Pick<ReconciliationAnswer, 'state' | 'unknown' | 'summary'>;
type Money = Reconciliation['summary'][number]['money'];

const cycles: Record<string, string> = {
  hourly: 'an hour', daily: 'a day', weekly: 'a week', monthly: 'a month', quarterly: 'a quarter', 'half-yearly': 'a half-year',
  annual: 'a year', biennial: 'every two years', triennial: 'every three years', 'one-time': 'once',
}; // biome-ignore format: a table

const sums = (money: Money): string[] =>
  money.map(({ amount, currency, cycle }) =>
    [
      Number(amount).toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
      currency ?? 'in no currency',
      cycle ? (cycles[cycle] ?? cycle) : '',
    ]
      .filter(Boolean)
      .join(' '),
  );

/** A line for each class of difference: how many, and their money. */
export function differencesOf({ summary }: Reconciliation): string {
  if (summary.length === 0) return '  Both sides were compared.';
  const lines = summary.map(({ class: name, count, money }) =>
    `  ${figure(count).padStart(5)}  ${name.replaceAll('-', ' ').padEnd(28)} ${sums(money).join('; ')}`.trimEnd(),
  );
  return `  Where the two sides differ:\n${lines.join('\n')}`;
}

/** What the comparison found, in one line. */
export function sentenceOf({ state, unknown, summary }: Reconciliation): string {
  if (state === 'unknown') return `Reconciliation: the comparison is incomplete. ${unknown.join(' ')}`;
  const unbilled = summary.find((one) => one.class === 'active-but-unbilled');
  const others = summary.reduce((sum, { count }) => sum + count, 0) - (unbilled?.count ?? 0);
  const rest =
    others === 0 ? 'everything else agrees' : `${figure(others)} other differences are listed above`;
  if (!unbilled)
    return others === 0
      ? 'Reconciliation: HaloPSA bills exactly what ArrowSphere charges.'
      : `Reconciliation: everything you pay for is billed; ${rest}.`;
  const worth = sums(unbilled.money);
  const value = worth.length > 0 ? `, worth ${worth.join(' and ')}` : '';
  return `Reconciliation: you pay for ${figure(unbilled.count)} products that no client is billed for${value}; ${rest}.`;
}
