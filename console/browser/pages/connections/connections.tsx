import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { connections, connectors } from '../../api/connections.ts';
import type { Connection } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import type { Column } from '../../parts/items-table.tsx';
import { PageButton, PageLink, pageUrl } from '../../parts/link.tsx';
import { choicesOf, ListPage } from '../../parts/list-page.tsx';
import { searchOf } from '../../parts/search.ts';
import { When } from '../../parts/when.tsx';
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
  return (
    <ListPage
      title="Connections"
      description="Each is one account at one outside system: a distributor, where customers and subscriptions come from, or a destination, where they go."
      one="connection"
      add="/connections/new"
      query={query}
      columns={columns}
      idOf={({ id }) => id}
      nameOf={({ name }) => name}
      search={search}
      onSearch={(to) => void navigate({ search: to })}
      filters={[
        {
          key: 'kind',
          label: 'System',
          values: kinds.map(({ kind, name }) => ({ value: kind, label: name })),
        },
        { key: 'role', label: 'Role', values: choicesOf(roles) },
      ]}
      none={
        <Empty
          title="No connections yet"
          action={<PageButton href="/connections/new">Add a connection</PageButton>}
        >
          Start with your distributor, then add the PSA its customers and subscriptions go to.
        </Empty>
      }
    />
  );
}
