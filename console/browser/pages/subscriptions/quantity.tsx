import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import type { SubscriptionDetail } from '../../api/types.ts';
import { Chart } from '../../parts/charts/chart.tsx';
import type { Point } from '../../parts/charts/drawn.tsx';
import { PageLink, pageUrl } from '../../parts/link.tsx';

const instants = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

interface QuantityProps {
  known: SubscriptionDetail;
  /** Ends the lines. */
  now: string;
  /** Asks for the event of an instant. */
  onEvent(at: string): void;
}

/** How many there were on both sides over time, and which imports wrote. */
export function Quantity({ known, now, onEvent }: QuantityProps) {
  const { quantity, history, name } = { ...known, name: known.customerName ?? known.customerId };
  const writes = history.filter(
    ({ kind, action, importId }) => kind === 'act' && importId && action?.startsWith('licence.'),
  );
  const points = pointsOf(
    quantity,
    writes.map(({ at }) => at),
    now,
  );
  const writtenAt = (at: string) => {
    const { destination, distributor } = points.find((point) => point.at === at)!;
    return (destination ?? distributor) as number | null;
  };
  const importAt = new Map(writes.map(({ at, importId }) => [at, importId!]));
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            writes.length > 0 && 'A dotted line is an import that wrote the licence. Its dot opens the event.'
          }
        >
          Quantity
        </Header>
      }
    >
      <Chart
        kind="steps"
        label={`Quantity of a subscription of ${name} over time`}
        along="When"
        points={points}
        series={[
          { key: 'distributor', name: 'Distributor' },
          { key: 'destination', name: 'PSA' },
        ]}
        atText={(at) => instants.format(new Date(at))}
        marks={writes.map(({ at }) => ({
          at,
          value: writtenAt(at),
          does: `Show what an import wrote at ${instants.format(new Date(at))}`,
          open: () => onEvent(at),
        }))}
        markColumn={{
          header: 'Written by',
          of: (at) =>
            importAt.has(at) && (
              <PageLink
                href={pageUrl('/imports/{id}', { id: importAt.get(at)! })}
                ariaLabel={`An import, which wrote at ${instants.format(new Date(at))}`}
              >
                An import
              </PageLink>
            ),
        }}
      />
    </Container>
  );
}

/** Both values at each instant at which one of them changed, or an import wrote; the last ones hold until now. */
export function pointsOf(
  { distributor, destination }: SubscriptionDetail['quantity'],
  written: string[],
  now: string,
): Point[] {
  const times = [
    ...new Set([...distributor, ...destination].map(({ at }) => at).concat(written, now)),
  ].sort();
  const valueAt = (side: typeof distributor, at: string) => {
    const value = side.findLast((point) => point.at <= at)?.value ?? null;
    return value === null ? null : Number(value);
  };
  return times.map((at) => ({
    at,
    distributor: valueAt(distributor, at),
    destination: valueAt(destination, at),
  }));
}
