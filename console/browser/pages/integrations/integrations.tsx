import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { connections } from '../../api/connections.ts';
import { integrationList } from '../../api/integrations.ts';
import type { Integration } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import type { Column } from '../../parts/items-table.tsx';
import { PageButton, PageLink, pageUrl } from '../../parts/link.tsx';
import { ListPage } from '../../parts/list-page.tsx';
import { searchOf } from '../../parts/search.ts';
import { When } from '../../parts/when.tsx';
import { shellRoute } from '../../shell/shell.tsx';
import { changePolicies, ModeOf } from './words.tsx';

export const integrationsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/integrations',
  validateSearch: searchOf('connectionId', 'cursor', 'page'),
  component: Integrations,
});

function Integrations() {
  const search = integrationsRoute.useSearch();
  const navigate = useNavigate({ from: '/integrations' });
  const { page: _, ...filter } = search;
  const query = useQuery(integrationList(filter));
  const known = useQuery(connections({ limit: 200 })).data?.items ?? [];
  const nameOf = (id: string) => known.find((connection) => connection.id === id)?.name ?? '…';

  const connectionLink = (id: string) => (
    <PageLink href={pageUrl('/connections/{id}', { id })}>{nameOf(id)}</PageLink>
  );
  const columns: Column<Integration>[] = [
    {
      id: 'name',
      header: 'Name',
      names: true,
      cell: ({ id, name }) => <PageLink href={pageUrl('/integrations/{id}', { id })}>{name}</PageLink>,
    },
    { id: 'source', header: 'From', cell: ({ sourceId }) => connectionLink(sourceId) },
    { id: 'destination', header: 'To', cell: ({ destinationId }) => connectionLink(destinationId) },
    { id: 'mode', header: 'Mode', cell: ({ options }) => <ModeOf mode={options.mode} /> },
    { id: 'schedule', header: 'Schedule', cell: ({ scheduled }) => (scheduled ? 'Set' : 'None') },
    {
      id: 'changes',
      header: 'Changes at the distributor',
      cell: ({ options }) => changePolicies[options.changes].label,
      hidden: true,
    },
    { id: 'added', header: 'Added', cell: ({ createdAt }) => <When at={createdAt} />, hidden: true },
  ];
  return (
    <ListPage
      title="Integrations"
      description="Each keeps one destination in step with one distributor: its customers become clients, its subscriptions licences."
      one="integration"
      add="/integrations/new"
      query={query}
      columns={columns}
      idOf={({ id }) => id}
      nameOf={({ name }) => name}
      search={search}
      onSearch={(to) => void navigate({ search: to })}
      filters={[
        {
          key: 'connectionId',
          label: 'Connection',
          values: known.map(({ id, name }) => ({ value: id, label: name })),
        },
      ]}
      none={
        <Empty
          title="No integrations yet"
          action={<PageButton href="/integrations/new">Add an integration</PageButton>}
        >
          Join a distributor to the PSA its customers and subscriptions go to.
        </Empty>
      }
    />
  );
}
