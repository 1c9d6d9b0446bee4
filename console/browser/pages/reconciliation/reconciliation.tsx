import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { integration } from '../../api/integrations.ts';
import { type Difference, reconciliation, reconciliationFile } from '../../api/reconciliation.ts';
import type { Integration, ReconciliationAnswer } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { countText } from '../../parts/figures.ts';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { type Column, ItemsTable } from '../../parts/items-table.tsx';
import { PageLink, pageUrl, subscriptionUrl } from '../../parts/link.tsx';
import { Loaded, LoadedPage } from '../../parts/loaded.tsx';
import { MoneyList } from '../../parts/money.tsx';
import { Page } from '../../parts/page.tsx';
import { searchOf } from '../../parts/search.ts';
import { When } from '../../parts/when.tsx';
import { shellRoute } from '../../shell/shell.tsx';
import { ChargedFor, Charges } from './charges.tsx';
import { SideOf } from './side.tsx';
import { Statements } from './statements.tsx';
import { classes } from './words.ts';

export const reconciliationRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/integrations/$id/reconciliation',
  validateSearch: searchOf('class', 'cursor', 'page'),
  component: ReconciliationPage,
});

const path = '/integrations/{id}/reconciliation';

function ReconciliationPage() {
  const { id } = reconciliationRoute.useParams();
  const query = useQuery(integration(id));
  return (
    <LoadedPage title="Reconciliation" query={query}>
      {(known) => <Shown known={known} />}
    </LoadedPage>
  );
}

function Shown({ known: { id, name } }: { known: Integration }) {
  const search = reconciliationRoute.useSearch();
  const { page: _, ...filter } = search;
  const query = useQuery(reconciliation(id, filter));
  return (
    <Page
      title={`Reconciliation of ${name}`}
      description="Compares what the distributor bills with what the destination bills. Nothing is written here."
      above={[
        { text: 'Integrations', href: '/integrations' },
        { text: name, href: pageUrl('/integrations/{id}', { id }) },
      ]}
      actions={
        <Button iconName="download" href={reconciliationFile(id, { class: search.class })} download>
          Download as CSV
        </Button>
      }
    >
      <Loaded query={query}>{(answer) => <Standing id={id} answer={answer} />}</Loaded>
      <Differences id={id} query={query} />
      <Statements id={id} />
    </Page>
  );
}

/** What the answer is worth, and its sums. */
function Standing({
  id,
  answer: { state, unknown, asOf, summary, charges },
}: {
  id: string;
  answer: ReconciliationAnswer;
}) {
  return (
    <SpaceBetween size="l">
      {state === 'unknown' && (
        <Alert type="warning" header="This comparison is incomplete">
          Differences may be missing. An empty list does not mean that both sides agree.
          <ul>
            {unknown.map((why) => (
              <li key={why}>{why}</li>
            ))}
          </ul>
        </Alert>
      )}
      <Container
        header={
          <Header
            variant="h2"
            description={
              asOf && (
                <>
                  Both sides were read no earlier than <When at={asOf} />.
                </>
              )
            }
          >
            By cause
          </Header>
        }
      >
        {summary.length > 0 ? (
          <KeyValuePairs
            columns={4}
            items={summary.map((sum) => ({
              label: classes[sum.class],
              value: (
                <>
                  <PageLink
                    href={pageUrl(path, { id }, { class: sum.class })}
                    ariaLabel={`Show these ${countText(sum.count)}: ${classes[sum.class]}`}
                  >
                    {countText(sum.count)}
                  </PageLink>
                  <div className="sums">
                    <MoneyList amounts={sum.money} sign="always" />
                  </div>
                </>
              ),
            }))}
          />
        ) : state === 'known' ? (
          <StatusIndicator type="success">Both sides agree</StatusIndicator>
        ) : (
          <StatusIndicator type="pending">Not known</StatusIndicator>
        )}
      </Container>
      {charges && <Charges charges={charges} />}
    </SpaceBetween>
  );
}

function Differences({
  id,
  query,
}: {
  id: string;
  query: ReturnType<typeof useQuery<ReconciliationAnswer>>;
}) {
  const search = reconciliationRoute.useSearch();
  const navigate = useNavigate({ from: '/integrations/$id/reconciliation' });
  const columns: Column<Difference>[] = [
    {
      id: 'customer',
      header: 'Customer',
      names: true,
      cell: (row) => row.customerName ?? row.clientName ?? '–',
    },
    { id: 'product', header: 'Product', cell: ({ product }) => product },
    {
      id: 'class',
      header: 'Cause',
      width: 190,
      cell: (row) => (
        <>
          {classes[row.class]}
          <Box variant="small" display="block" color="text-body-secondary">
            {row.cause}
          </Box>
        </>
      ),
    },
    { id: 'distributor', header: 'Distributor', cell: ({ distributor }) => <SideOf side={distributor} /> },
    { id: 'destination', header: 'Destination', cell: ({ destination }) => <SideOf side={destination} /> },
    { id: 'charged', header: 'Charged', cell: ({ charged }) => <ChargedFor charged={charged} /> },
    { id: 'money', header: 'Difference', cell: ({ money }) => <MoneyList amounts={money} sign="always" /> },
    { id: 'since', header: 'Since', cell: ({ since }) => <When at={since} /> },
    { id: 'next', header: 'Next step', cell: (row) => <NextStep id={id} row={row} /> },
    {
      id: 'subscriptions',
      header: 'Subscriptions',
      cell: (row) =>
        row.subscriptionIds.length === 0
          ? '–'
          : row.subscriptionIds.map((subscription) => (
              <div key={subscription}>
                <PageLink href={subscriptionUrl(id, subscription)}>{subscription}</PageLink>
              </div>
            )),
      hidden: true,
    },
    { id: 'licences', header: 'Licences', cell: (row) => row.licenceIds.join(', ') || '–', hidden: true },
  ];
  // What could not be read is said once, above.
  if (query.error && !query.data) return null;
  return (
    <ItemsTable
      title="Differences"
      description="Plus: should be billed but is not. Minus: is billed but should not be."
      query={query}
      columns={columns}
      idOf={keyOf}
      nameOf={({ customerName, product }) => `${customerName ?? 'No customer'}, ${product}`}
      place={search}
      onPlace={({ cursor, page }) => void navigate({ search: { ...search, cursor, page } })}
      filter={
        <FilterBar
          of="differences"
          filters={[
            {
              key: 'class',
              label: 'Cause',
              values: Object.entries(classes).map(([value, label]) => ({
                value,
                label,
                count: query.data?.summary.find((sum) => sum.class === value)?.count,
              })),
            },
          ]}
          chosen={search}
          onChange={(chosen) => void navigate({ search: chosen })}
        />
      }
      empty={
        search.class ? (
          <Empty title="No difference matches">Remove the filter to see all causes.</Empty>
        ) : query.data?.state === 'unknown' ? (
          <Empty title="No difference is known">
            One side was not read completely. Its reason stands above.
          </Empty>
        ) : (
          <Empty title="No differences">What the distributor bills is what the destination bills.</Empty>
        )
      }
    />
  );
}

const keyOf = (row: Difference): string =>
  JSON.stringify([row.class, row.customerId, row.clientId, row.product, row.subscriptionIds, row.licenceIds]);

function NextStep({ id, row: { action, customerId, customerName } }: { id: string; row: Difference }) {
  if (action === 'map' && customerId)
    return (
      <PageLink
        href={pageUrl('/integrations/{id}', { id }, { tab: 'mappings', search: customerId })}
        ariaLabel={`Map the customer ${customerName ?? customerId}`}
      >
        Map the customer
      </PageLink>
    );
  return action === 'preview' ? 'Preview an import of this customer' : 'Look at both sides';
}
