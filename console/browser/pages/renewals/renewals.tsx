import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { integrations } from '../../api/integrations.ts';
import { renewalDays, renewals } from '../../api/renewals.ts';
import type { RenewalAnswer } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { type Column, ItemsTable } from '../../parts/items-table.tsx';
import { PageLink, subscriptionUrl } from '../../parts/link.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { MoneyList } from '../../parts/money.tsx';
import { Page } from '../../parts/page.tsx';
import { searchOf } from '../../parts/search.ts';
import { shellRoute } from '../../shell/shell.tsx';
import { Calendar } from './calendar.tsx';
import { cancellationText, dayText, renewsText, spans } from './words.ts';

export const renewalsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/renewals',
  validateSearch: searchOf('within', 'integrationId', 'autoRenew', 'terms', 'day', 'cursor', 'page'),
  component: Renewals,
});

function Renewals() {
  const search = renewalsRoute.useSearch();
  const navigate = useNavigate({ from: '/renewals' });
  const { page: _, terms, day, ...rest } = search;
  // Monthly terms end every month, so they are shown only on request.
  const filter = { within: 'P60D', ...rest, commitments: terms === 'all' ? undefined : 'true' };
  const query = useQuery(renewals({ ...filter, day }));
  const days = useQuery(renewalDays(filter));
  const all = useQuery(integrations).data?.items ?? [];
  const go = (change: Partial<typeof search>) =>
    void navigate({ search: { ...search, cursor: undefined, page: undefined, ...change } });
  return (
    <Page
      title="Renewals"
      description="Subscriptions whose term ends soon, as the distributors listed them last."
      actions={
        <SegmentedControl
          label="How far ahead"
          selectedId={filter.within}
          options={spans}
          onChange={({ detail }) => go({ within: detail.selectedId, day: undefined })}
        />
      }
    >
      <Container
        header={
          <Header variant="h2" description="Choose a day to see what ends on it.">
            Calendar
          </Header>
        }
      >
        <Loaded query={days}>
          {({ items }) =>
            items.length > 0 ? (
              <Calendar days={items} chosen={day} onChoose={(to) => go({ day: to })} />
            ) : (
              <Empty title="No term ends in this time">Look further ahead, or remove a filter.</Empty>
            )
          }
        </Loaded>
      </Container>
      <ItemsTable
        title="Terms that end"
        heading={day ? `Terms that end on ${dayText(day)}` : undefined}
        query={query}
        columns={columns}
        idOf={({ integrationId, subscriptionId }) => `${integrationId} ${subscriptionId}`}
        nameOf={({ name, customerName, customerId }) => `${name} of ${customerName ?? customerId}`}
        place={search}
        onPlace={(place) => go({ cursor: place.cursor, page: place.page })}
        filter={
          <FilterBar
            of="renewals"
            filters={[
              {
                key: 'integrationId',
                label: 'Integration',
                values: all.map(({ id, name }) => ({ value: id, label: name })),
              },
              {
                key: 'autoRenew',
                label: 'At the end',
                values: [
                  { value: 'true', label: 'Renews' },
                  { value: 'false', label: 'Ends' },
                ],
              },
              { key: 'terms', label: 'Terms', values: [{ value: 'all', label: 'Include monthly terms' }] },
            ]}
            chosen={search}
            onChange={(chosen) => go({ ...chosen, day: undefined })}
          />
        }
        empty={<Empty title="No term ends in this time">Look further ahead, or remove a filter.</Empty>}
      />
    </Page>
  );
}

const columns: Column<RenewalAnswer>[] = [
  {
    id: 'name',
    header: 'Subscription',
    names: true,
    width: 200,
    cell: ({ integrationId, subscriptionId, name }) => (
      <PageLink href={subscriptionUrl(integrationId, subscriptionId)}>{name}</PageLink>
    ),
  },
  { id: 'customer', header: 'Customer', cell: ({ customerName, customerId }) => customerName ?? customerId },
  { id: 'day', header: 'Term ends', width: 130, cell: ({ day }) => dayText(day) },
  { id: 'renews', header: 'Then', width: 150, cell: (row) => renewsText(row) },
  { id: 'quantity', header: 'Units', width: 80, cell: ({ quantity }) => quantity ?? '–' },
  { id: 'money', header: 'Costs now', cell: ({ money }) => <MoneyList amounts={money} /> },
  {
    id: 'after',
    header: 'Costs then',
    cell: ({ moneyAfter, autoRenew }) =>
      autoRenew === false ? (
        '–'
      ) : moneyAfter.length > 0 ? (
        <MoneyList amounts={moneyAfter} />
      ) : (
        <Box color="text-body-secondary">Not known</Box>
      ),
  },
  { id: 'cancel', header: 'Can be reduced', width: 150, cell: (row) => cancellationText(row) },
  { id: 'integration', header: 'Integration', cell: ({ integrationName }) => integrationName, hidden: true },
  { id: 'id', header: 'Id', cell: ({ subscriptionId }) => subscriptionId, hidden: true },
];
