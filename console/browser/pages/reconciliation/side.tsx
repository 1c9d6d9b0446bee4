import Box from '@cloudscape-design/components/box';
import type { Difference } from '../../api/reconciliation.ts';
import { Money } from '../../parts/money.tsx';
import { termText } from '../../parts/words.ts';

type Side = NonNullable<Difference['distributor']>;

/** What one of the two systems has: its quantity, its price, its cost, its status. */
export function SideOf({ side }: { side: Side | null }) {
  if (!side) return <Box color="text-body-secondary">Nothing</Box>;
  const { quantity, unitPrice, unitCost, currency, cycle, term, status } = side;
  const amount = (value: string) => <Money amount={value} currency={currency} cycle={cycle} />;
  return (
    <div className="side">
      <div>
        {quantity ?? '–'} × {unitPrice === null ? '–' : amount(unitPrice)}
      </div>
      <Box variant="small" color="text-body-secondary">
        {unitCost !== null && <>Cost {amount(unitCost)}. </>}
        {[status, term && `term of ${termText(term)}`].filter(Boolean).join(', ')}
      </Box>
    </div>
  );
}
