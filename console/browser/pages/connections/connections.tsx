import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { connections, connectors } from '../../api/connections.ts';
import type { Connection } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { type Column, ItemsTable } from '../../parts/items-table.tsx';
import { PageButton, PageLink, pageUrl } from '../../parts/link.tsx';
import { Page } from '../../parts/page.tsx';
import { searchOf } from '../../parts/search.ts';
import { When } from '../../parts/when.tsx';
import { useKeys } from '../../shell/keys.tsx';
import { shellRoute } from '../../shell/shell.tsx';
import { roles, systemName, TestState, TokenOf } from './words.tsx';

export const connectionsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/connections',
  validateSearch: searchOf('kind', 'role', 'cursor', 'page'),
  component: Connections,
});

function Connections() {
  const search = connectionsRoute.useSearch();
  const navigate = useNavigate({ from: '/connections' });
  const { page: _, ...filter } = search;
  const query = useQuery(connections(filter));
  const kinds = useQuery(connectors).data?.items ?? [];
  useKeys([{ keys: 'n', does: 'Add a connection', act: () => void navigate({ href: '/connections/new' }) }]);

  const columns: Column<Connection>[] = [
    {
      id: 'name',
      header: 'Name',
      names: true,
      cell: ({ id, name }) => <PageLink href={pageUrl('/connections/{id}', { id })}>{name}</PageLink>,
    },
    { id: 'system', header: 'System', cell: ({ kind }) => systemName(kinds, kind) },
    { id: 'role', header: 'Role', cell: ({ role }) => roles[role] ?? role },
    { id: 'test', header: 'Last test', cell: ({ lastTest }) => <TestState test={lastTest} /> },
    { id: 'token', header: 'Token', cell: (row) => <TokenOf connection={row} kinds={kinds} /> },
    { id: 'account', header: 'Account', cell: ({ identity }) => identity ?? '–', hidden: true },
    { id: 'added', header: 'Added', cell: ({ createdAt }) => <When at={createdAt} />, hidden: true },
  ];
  const filtered = Boolean(search.kind || search.role);
  return (
    <Page
      title="Connections"
      description="One account at one outside system each: distributors that customers and subscriptions come from, destinations they go to."
      actions={
        <PageButton variant="primary" href="/connections/new">
          Add a connection
        </PageButton>
      }
    >
      <ItemsTable
        title="Connections"
        heading={null}
        query={query}
        columns={columns}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        place={search}
        onPlace={({ cursor, page }) => void navigate({ search: { ...search, cursor, page } })}
        filter={
          <FilterBar
            of="connections"
            filters={[
              {
                key: 'kind',
                label: 'System',
                values: kinds.map(({ kind, name }) => ({ value: kind, label: name })),
              },
              {
                key: 'role',
                label: 'Role',
                values: Object.entries(roles).map(([value, label]) => ({ value, label })),
              },
            ]}
            chosen={search}
            onChange={(chosen) => void navigate({ search: chosen })}
          />
        }
        empty={
          filtered ? (
            <Empty title="No connection matches">Take a filter away to see more.</Empty>
          ) : (
            <Empty
              title="No connections yet"
              action={<PageButton href="/connections/new">Add a connection</PageButton>}
            >
              Start with your distributor, then add the PSA its customers and subscriptions go to.
            </Empty>
          )
        }
      />
    </Page>
  );
}
