import Button from '@cloudscape-design/components/button';
import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { integration } from '../../api/integrations.ts';
import { reconciliation, reconciliationFile } from '../../api/reconciliation.ts';
import type { Integration, ReconciliationAnswer } from '../../api/types.ts';
import { ItemsTable } from '../../parts/items-table.tsx';
import { pageUrl } from '../../parts/link.tsx';
import { Loaded, LoadedPage } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { searchOf } from '../../parts/search.ts';
import { shellRoute } from '../../shell/shell.tsx';
import { ClassFilter } from './class-filter.tsx';
import { columnsOf, keyOf, nameOf } from './columns.tsx';
import { NoDifferences, signs } from './no-differences.tsx';
import { Statements } from './statements.tsx';
import { Summary } from './summary.tsx';

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
      <Loaded query={query}>
        {(answer) => <Summary answer={answer} hrefOf={(of) => pageUrl(path, { id }, { class: of })} />}
      </Loaded>
      <Differences id={id} query={query} />
      <Statements id={id} />
    </Page>
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
  // What could not be read is said once, above.
  if (query.error && !query.data) return null;
  return (
    <ItemsTable
      title="Differences"
      description={signs}
      query={query}
      columns={columnsOf(id)}
      idOf={keyOf}
      nameOf={nameOf}
      place={search}
      onPlace={({ cursor, page }) => void navigate({ search: { ...search, cursor, page } })}
      filter={
        <ClassFilter
          chosen={search}
          summary={query.data?.summary}
          onChange={(chosen) => void navigate({ search: chosen })}
        />
      }
      empty={<NoDifferences state={query.data?.state} filtered={search.class !== undefined} />}
    />
  );
}
