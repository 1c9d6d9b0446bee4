import Box from '@cloudscape-design/components/box';
import Select from '@cloudscape-design/components/select';
import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { integrations } from '../../api/integrations.ts';
import { type SubscriptionPage, subscriptions } from '../../api/subscriptions.ts';
import type { Integration, SubscriptionLine } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { countText, dayText, sameDecimal } from '../../parts/figures.ts';
import { type Filter, FilterBar } from '../../parts/filter-bar.tsx';
import { type Column, ItemsTable } from '../../parts/items-table.tsx';
import { PageButton, PageLink, pageUrl, subscriptionUrl } from '../../parts/link.tsx';
import { LoadedPage } from '../../parts/loaded.tsx';
import { Money } from '../../parts/money.tsx';
import { Page } from '../../parts/page.tsx';
import { searchOf } from '../../parts/search.ts';
import { When } from '../../parts/when.tsx';
import { labelOf, termText } from '../../parts/words.ts';
import { shellRoute } from '../../shell/shell.tsx';
import { useWrites } from '../integrations/writes.ts';
import { StateOf, StatusOf, states } from './words.tsx';

export const subscriptionsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/subscriptions',
  validateSearch: searchOf(
    'integrationId',
    'search',
    'customerId',
    'status',
    'state',
    'sort',
    'cursor',
    'page',
  ),
  component: Subscriptions,
});

const title = 'Subscriptions';

function Subscriptions() {
  const { integrationId } = subscriptionsRoute.useSearch();
  const query = useQuery(integrations);
  return (
    <LoadedPage title={title} query={query}>
      {({ items }) => {
        const chosen = items.find(({ id }) => id === integrationId) ?? (integrationId ? null : items[0]);
        return chosen ? (
          <OfIntegration key={chosen.id} chosen={chosen} all={items} />
        ) : (
          <Page title={title}>
            {items.length > 0 ? (
              <Empty
                title="This integration is deleted"
                action={<PageButton href="/subscriptions">Show the others</PageButton>}
              >
                Its subscriptions are no longer compared with a PSA.
              </Empty>
            ) : (
              <Empty
                title="No subscriptions yet"
                action={<PageButton href="/integrations/new">Add an integration</PageButton>}
              >
                An integration reads them from a distributor and keeps a PSA true to them.
              </Empty>
            )}
          </Page>
        );
      }}
    </LoadedPage>
  );
}

function OfIntegration({ chosen, all }: { chosen: Integration; all: Integration[] }) {
  const { id, name } = chosen;
  const writes = useWrites(chosen);
  const search = subscriptionsRoute.useSearch();
  const navigate = useNavigate({ from: '/subscriptions' });
  const { page: _, integrationId: __, ...filter } = search;
  const query = useQuery(subscriptions(id, filter));
  const option = (known: Integration) => ({ value: known.id, label: known.name });
  const filtered = Boolean(search.search || search.customerId || search.status || search.state);
  return (
    <Page
      title={title}
      description="The distributor’s data beside the PSA’s, both as last read."
      actions={
        all.length > 1 && (
          <Select
            selectedOption={{ value: id, label: name }}
            options={all.map(option)}
            ariaLabel="Integration"
            filteringType={all.length > 10 ? 'auto' : 'none'}
            filteringAriaLabel="Search integrations by name"
            selectedAriaLabel="Chosen"
            expandToViewport
            onChange={({ detail }) =>
              void navigate({ search: { integrationId: detail.selectedOption.value } })
            }
          />
        )
      }
    >
      <ItemsTable
        title={title}
        heading={`Subscriptions of ${name}`}
        query={query}
        columns={columnsOf(id).filter((column) => writes || column.id !== 'state')}
        idOf={(row) => row.id}
        nameOf={(row) => `${row.name} of ${row.customerName ?? row.customerId}`}
        place={search}
        onPlace={({ cursor, page }) => void navigate({ search: { ...search, cursor, page } })}
        sort={search.sort ?? 'customer'}
        onSort={(sort) => void navigate({ search: { ...search, sort, cursor: undefined, page: undefined } })}
        filter={
          <FilterBar
            of="subscriptions"
            search
            filters={filtersOf(query.data, search.customerId).filter(({ key }) => writes || key !== 'state')}
            chosen={search}
            onChange={(wanted) =>
              void navigate({
                search: { integrationId: search.integrationId, sort: search.sort, ...wanted },
              })
            }
            countText={filtered ? matchText(query.data, search.cursor) : undefined}
          />
        }
        empty={
          filtered ? (
            <Empty title="No subscription matches">Remove a filter to see more.</Empty>
          ) : (
            <Empty
              title="No subscriptions yet"
              action={
                <PageButton href={pageUrl('/integrations/{id}', { id })}>Go to the integration</PageButton>
              }
            >
              A first import or preview of subscriptions reads them from the distributor.
            </Empty>
          )
        }
      />
    </Page>
  );
}

/** A list that ends on its first page says how many match. */
function matchText(page: SubscriptionPage | undefined, cursor: string | undefined): string | undefined {
  if (!page || page.nextCursor || cursor) return undefined;
  return page.items.length === 1 ? '1 matches' : `${countText(page.items.length)} match`;
}

function filtersOf(page: SubscriptionPage | undefined, customerId: string | undefined): Filter[] {
  const facet = (key: 'status' | 'state', label: string, wordOf: (value: string) => string): Filter => ({
    key,
    label,
    values: Object.entries(page?.facets?.[key] ?? {}).map(([value, count]) => ({
      value,
      label: wordOf(value),
      count,
    })),
  });
  const customers = new Map(
    page?.items.map((row) => [row.customerId, row.customerName ?? row.customerId]) ?? [],
  );
  if (customerId && !customers.has(customerId)) customers.set(customerId, customerId);
  return [
    facet('state', 'State', (value) => states[value as SubscriptionLine['state']].text),
    facet('status', 'Status', labelOf),
    {
      key: 'customerId',
      label: 'Customer',
      values: [...customers].map(([value, label]) => ({ value, label })),
    },
  ];
}

/** The PSA's own value where it is another one. */
function Beside({ theirs, children }: { theirs: ReactNode; children: ReactNode }) {
  return (
    <>
      {children}
      {theirs && (
        <Box variant="small" display="block" color="text-body-secondary">
          PSA: {theirs}
        </Box>
      )}
    </>
  );
}

const differs = (one: string | null, other: string | null) =>
  one !== null && other !== null && !sameDecimal(one, other);

const columnsOf = (integrationId: string): Column<SubscriptionLine>[] => [
  {
    id: 'name',
    header: 'Subscription',
    names: true,
    sort: 'name',
    width: 170,
    cell: (row) => (
      <>
        <PageLink href={subscriptionUrl(integrationId, row.id)}>{row.name}</PageLink>
        <Box variant="small" display="block" color="text-body-secondary">
          {row.id}
        </Box>
      </>
    ),
  },
  {
    id: 'customer',
    header: 'Customer',
    sort: 'customer',
    width: 170,
    cell: (row) => (
      <>
        {row.customerName ?? row.customerId}
        {row.clientName && row.clientName !== row.customerName && (
          <Box variant="small" display="block" color="text-body-secondary">
            Client: {row.clientName}
          </Box>
        )}
      </>
    ),
  },
  { id: 'state', header: 'State', width: 120, cell: (row) => <StateOf state={row.state} /> },
  {
    id: 'status',
    header: 'Status',
    width: 112,
    sort: 'status',
    cell: (row) => <StatusOf status={row.status} />,
  },
  {
    id: 'quantity',
    header: 'Quantity',
    sort: 'quantity',
    width: 100,
    cell: ({ quantity, licenceQuantity }) => (
      <Beside theirs={differs(quantity, licenceQuantity) && licenceQuantity}>
        <span className="number">{quantity ?? '–'}</span>
      </Beside>
    ),
  },
  {
    id: 'price',
    header: 'Sale price',
    sort: 'unitPrice',
    width: 135,
    cell: ({ unitPrice, currency, billingCycle, licenceUnitPrice }) => (
      <Beside
        theirs={
          differs(unitPrice, licenceUnitPrice) && (
            <span className="side">
              <Money amount={licenceUnitPrice!} currency={currency} cycle={billingCycle} />
            </span>
          )
        }
      >
        {unitPrice === null ? '–' : <Money amount={unitPrice} currency={currency} cycle={billingCycle} />}
      </Beside>
    ),
  },
  { id: 'ends', header: 'Term ends', width: 115, cell: ({ endDate }) => (endDate ? dayText(endDate) : '–') },
  {
    id: 'changed',
    header: 'Changed',
    hidden: true,
    sort: 'changedAt',
    cell: ({ changedAt }) => <When at={changedAt} />,
  },
  {
    id: 'cost',
    header: 'Cost',
    hidden: true,
    cell: ({ unitCost, currency, billingCycle }) =>
      unitCost === null ? '–' : <Money amount={unitCost} currency={currency} cycle={billingCycle} />,
  },
  { id: 'term', header: 'Term', hidden: true, cell: ({ term }) => (term === null ? '–' : termText(term)) },
  {
    id: 'renews',
    header: 'Renews',
    hidden: true,
    cell: ({ renewalDate }) => (renewalDate ? dayText(renewalDate) : '–'),
  },
  { id: 'sku', header: 'SKU', hidden: true, cell: ({ sku }) => sku ?? '–' },
  { id: 'licence', header: 'Licence', hidden: true, cell: ({ licenceId }) => licenceId ?? '–' },
];
