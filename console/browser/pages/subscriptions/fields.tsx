import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Toggle from '@cloudscape-design/components/toggle';
import { useRelease } from '../../api/subscriptions.ts';
import type { SubscriptionDetail } from '../../api/types.ts';
import { valueText } from '../../parts/diff.tsx';
import { countText, dayText, moneyText } from '../../parts/figures.ts';
import { type Column, ItemsTable, rowsOf } from '../../parts/items-table.tsx';
import { When } from '../../parts/when.tsx';
import { labelOf } from '../../parts/words.ts';
import { notify, notifyError } from '../../shell/notices.tsx';
import { ownerships } from './words.tsx';

type Field = SubscriptionDetail['fields'][number];

/** What people ask for, in the order they ask. */
const main = ['name', 'quantity', 'unitPrice', 'unitCost', 'status', 'billingCycle', 'endDate'];

interface FieldsProps {
  integrationId: string;
  known: SubscriptionDetail;
  /** Also show fields that are equal and rarely needed. */
  all: boolean;
  onAll(all: boolean): void;
}

/** A licence's fields on all sides, and who decides each. */
export function Fields({ integrationId, known, all, onAll }: FieldsProps) {
  const { fields, licenceId, currency } = known;
  const release = useRelease(integrationId, known.id);
  const cycle = String(fields.find(({ field }) => field === 'billingCycle')?.distributor ?? '') || null;
  const textOf = (field: string, value: unknown): string => {
    if (typeof value !== 'string' || value === '') return valueText(value);
    if (field === 'unitPrice' || field === 'unitCost') return moneyText({ amount: value, currency, cycle });
    return field.endsWith('Date') ? dayText(value) : value;
  };
  const there = fields.filter((row) =>
    [row.distributor, row.destination].some((value) => valueText(value) !== '–'),
  );
  // Without a licence what the PSA has is nothing, not a difference.
  const matters = (row: Field) =>
    main.includes(row.field) || row.rule !== 'distributor' || (licenceId !== null && sidesDiffer(row));
  const shown = (all ? there : there.filter(matters)).sort((a, b) => rank(a) - rank(b));
  const side = (
    id: 'distributor' | 'ours' | 'destination',
    header: string,
    sinceOf: (row: Field) => string | null,
  ): Column<Field> => ({
    id,
    header,
    width: 140,
    cell: (row) => {
      const since = sinceOf(row);
      return (
        <>
          {textOf(row.field, row[id])}
          {since && valueText(row[id]) !== '–' && (
            <Box variant="small" display="block" color="text-body-secondary">
              since <When at={since} />
            </Box>
          )}
        </>
      );
    },
  });
  const columns: Column<Field>[] = [
    { id: 'field', header: 'Field', names: true, width: 110, cell: ({ field }) => labelOf(field) },
    side('distributor', 'Distributor', ({ since }) => since),
    ...(licenceId === null
      ? []
      : [
          side('ours', 'Last written', () => null),
          side('destination', 'PSA', ({ destinationSince }) => destinationSince),
          {
            id: 'inForce',
            header: 'In force',
            width: 140,
            cell: (row: Field) => <InForce row={row} text={textOf} />,
          },
        ]),
    {
      id: 'why',
      header: 'Why',
      width: 190,
      cell: ({ field, rule }) => (
        <>
          <StatusIndicator type={ownerships[rule].type}>{ownerships[rule].text}</StatusIndicator>
          {rule !== 'distributor' && (
            <Box variant="small" display="block" color="text-body-secondary">
              {ownerships[rule].means}
            </Box>
          )}
          {rule === 'kept' && (
            <Button
              variant="inline-link"
              disabled={release.isPending}
              ariaLabel={`Release: ${labelOf(field)} follows the distributor again`}
              onClick={() =>
                release.mutate(field, {
                  onSuccess: () =>
                    notify({
                      type: 'success',
                      text: `${labelOf(field)} was released. The next import writes the distributor’s value.`,
                    }),
                  onError: notifyError,
                })
              }
            >
              Release
            </Button>
          )}
        </>
      ),
    },
  ];
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            licenceId !== null && 'An edit in the PSA of what is the distributor’s is written over.'
          }
          actions={
            <Toggle checked={all} onChange={({ detail }) => onAll(detail.checked)}>
              All {countText(there.length)} fields
            </Toggle>
          }
        >
          Fields
        </Header>
      }
    >
      <ItemsTable
        title="Fields"
        heading={null}
        inside
        query={rowsOf(shown)}
        columns={columns}
        idOf={({ field }) => field}
        nameOf={({ field }) => labelOf(field)}
        empty={null}
      />
    </Container>
  );
}

const rank = ({ field }: Field) => (main.includes(field) ? main.indexOf(field) : main.length);

const sidesDiffer = ({ distributor, destination }: Field) =>
  valueText(distributor) !== valueText(destination);

/** What the next import leaves in the PSA. */
function InForce({ row, text }: { row: Field; text(field: string, value: unknown): string }) {
  const { field, rule, distributor, destination } = row;
  const stays = rule === 'held' || rule === 'kept' || !sidesDiffer(row);
  return (
    <>
      {text(field, stays ? destination : distributor)}
      {!stays && (
        <Box variant="small" display="block" color="text-body-secondary">
          With the next import
        </Box>
      )}
    </>
  );
}
