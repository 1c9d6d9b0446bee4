import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { Difference } from '../../api/reconciliation.ts';
import type { ReconciliationAnswer } from '../../api/types.ts';
import { MoneyList } from '../../parts/money.tsx';
import { When } from '../../parts/when.tsx';

type Side = NonNullable<ReconciliationAnswer['charges']>;

const states: Record<Side['state'], { text: string; type: StatusIndicatorProps.Type }> = {
  'not-offered': { text: 'Not offered to this account', type: 'stopped' },
  'not-published': { text: 'Not published yet', type: 'pending' },
  read: { text: 'Read', type: 'success' },
  incomplete: { text: 'Incomplete', type: 'warning' },
};

const monthName = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric', timeZone: 'UTC' });
export const monthText = (month: string): string => monthName.format(new Date(`${month}-01T00:00:00Z`));

/** What the distributor billed for the month, and what of it belongs to no subscription. */
export function Charges({
  charges: { month, state, problem, readAt, money, withoutSubscription },
}: {
  charges: Side;
}) {
  return (
    <Container
      header={
        <Header variant="h2" description={problem ?? undefined}>
          {`Charged by the distributor for ${monthText(month)}`}
        </Header>
      }
    >
      <KeyValuePairs
        columns={4}
        items={[
          {
            label: 'State',
            value: <StatusIndicator type={states[state].type}>{states[state].text}</StatusIndicator>,
          },
          { label: 'In all', value: <Sums amounts={money} /> },
          { label: 'For no subscription', value: <Sums amounts={withoutSubscription} /> },
          { label: 'Read', value: <When at={readAt} /> },
        ]}
      />
    </Container>
  );
}

const Sums = ({ amounts }: { amounts: Side['money'] }) =>
  amounts.length > 0 ? (
    <div className="sums">
      <MoneyList amounts={amounts} places={2} />
    </div>
  ) : (
    <>–</>
  );

/** … for the subscriptions of one difference. */
export function ChargedFor({ charged }: { charged: Difference['charged'] }) {
  if (!charged) return <Box color="text-body-secondary">Not read</Box>;
  if (charged.lines === 0)
    return (
      <Box color="text-body-secondary">
        {charged.state === 'read' ? 'Nothing' : states[charged.state].text}
      </Box>
    );
  return (
    <div className="side">
      <div>{charged.quantity ?? '–'}</div>
      <MoneyList amounts={charged.money} places={2} />
      <Box variant="small" color="text-body-secondary">
        {monthText(charged.month)}
      </Box>
    </div>
  );
}
