import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { statements } from '../../api/reconciliation.ts';
import type { StatementLine } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { countText } from '../../parts/figures.ts';
import { type Column, ItemsTable } from '../../parts/items-table.tsx';
import { PageLink, pageUrl } from '../../parts/link.tsx';
import { MoneyList } from '../../parts/money.tsx';
import { When } from '../../parts/when.tsx';
import { monthText } from './charges.tsx';
import { classes } from './words.ts';

const columns: Column<StatementLine>[] = [
  {
    id: 'month',
    header: 'Month',
    names: true,
    cell: ({ id, month }) => (
      <PageLink href={pageUrl('/statements/{id}', { id })}>{monthText(month)}</PageLink>
    ),
  },
  {
    id: 'state',
    header: 'State',
    cell: ({ state }) =>
      state === 'known' ? (
        <StatusIndicator type="success">Known</StatusIndicator>
      ) : (
        <StatusIndicator type="warning">Incomplete</StatusIndicator>
      ),
  },
  {
    id: 'differences',
    header: 'Differences',
    cell: ({ summary }) =>
      summary.length === 0
        ? 'None'
        : summary.map((one) => (
            <div key={one.class}>
              {classes[one.class]}: {countText(one.count)} <MoneyList amounts={one.money} sign="always" />
            </div>
          )),
  },
  { id: 'made', header: 'Made', cell: ({ createdAt }) => <When at={createdAt} /> },
  { id: 'by', header: 'By', cell: ({ createdBy }) => createdBy, hidden: true },
];

/** Months that are over, as they stood at their end: made by themselves, never changed. */
export function Statements({ id }: { id: string }) {
  return (
    <ItemsTable
      title="Monthly statements"
      description="One is made when a month is over, and never changes."
      query={useQuery(statements(id))}
      columns={columns}
      idOf={(row) => row.id}
      nameOf={({ month }) => month}
      empty={<Empty title="No statements yet">The first is made at the start of next month.</Empty>}
    />
  );
}
