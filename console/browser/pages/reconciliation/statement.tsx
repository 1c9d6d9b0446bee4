import Button from '@cloudscape-design/components/button';
import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { integration } from '../../api/integrations.ts';
import { statement, statementFile } from '../../api/reconciliation.ts';
import type { FrozenStatement } from '../../api/types.ts';
import { pageUrl } from '../../parts/link.tsx';
import { LoadedPage } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { Rows } from '../../parts/rows.tsx';
import { searchOf } from '../../parts/search.ts';
import { When } from '../../parts/when.tsx';
import { shellRoute } from '../../shell/shell.tsx';
import { monthText } from './charges.tsx';
import { ClassFilter } from './class-filter.tsx';
import { columnsOf, keyOf, nameOf } from './columns.tsx';
import { NoDifferences, signs } from './no-differences.tsx';
import { Summary } from './summary.tsx';

export const statementRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/statements/$id',
  validateSearch: searchOf('class'),
  component: StatementPage,
});

function StatementPage() {
  const { id } = statementRoute.useParams();
  return (
    <LoadedPage title="Statement" query={useQuery(statement(id))}>
      {(known) => <Shown known={known} />}
    </LoadedPage>
  );
}

/** A month as it stood at its end. It is a document: printed whole, and the same whenever it is opened. */
function Shown({ known }: { known: FrozenStatement }) {
  const { id, integrationId, month, createdAt, createdBy, summary, items } = known;
  const search = statementRoute.useSearch();
  const navigate = useNavigate({ from: '/statements/$id' });
  // Deleted integrations keep their statements.
  const name = useQuery(integration(integrationId)).data?.name;
  const rows = items.filter((item) => !search.class || item.class === search.class);
  return (
    <Page
      title={name ? `Statement of ${monthText(month)}: ${name}` : `Statement of ${monthText(month)}`}
      description={
        <>
          Frozen <When at={createdAt} /> by {createdBy}. It never changes.
        </>
      }
      above={
        name
          ? [
              { text: name, href: pageUrl('/integrations/{id}', { id: integrationId }) },
              {
                text: 'Reconciliation',
                href: pageUrl('/integrations/{id}/reconciliation', { id: integrationId }),
              },
            ]
          : []
      }
      actions={
        <>
          <Button iconName="download" href={statementFile(id)} download>
            Download as CSV
          </Button>
          <Button iconName="file" onClick={() => print()}>
            Print
          </Button>
        </>
      }
    >
      <Summary answer={known} hrefOf={(of) => pageUrl('/statements/{id}', { id }, { class: of })} />
      <Rows
        title="Differences"
        description={signs}
        rows={rows}
        columns={columnsOf(integrationId, true)}
        idOf={keyOf}
        nameOf={nameOf}
        filter={
          <ClassFilter
            chosen={search}
            summary={summary}
            onChange={(chosen) => void navigate({ search: chosen, resetScroll: false })}
          />
        }
        empty={<NoDifferences state={known.state} filtered={search.class !== undefined} />}
        apart
      />
    </Page>
  );
}
