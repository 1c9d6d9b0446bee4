import type { Change } from '../../api/types.ts';
import { Money } from '../../parts/money.tsx';

/** What a change costs: a billing cycle, and until the term ends. */
export function CostOf({ change: { cost } }: { change: Change }) {
  const { perCycle, untilTermEnd } = cost;
  if (!perCycle && !untilTermEnd) return 'Not known';
  return (
    <>
      {perCycle && <Money {...perCycle} sign="always" />}
      {untilTermEnd && <Money {...untilTermEnd} sign="always" />}
    </>
  );
}
