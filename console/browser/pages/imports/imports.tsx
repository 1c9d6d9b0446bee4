import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { type ImportFilter, imports } from '../../api/imports.ts';
import { integrations } from '../../api/integrations.ts';
import type { Import } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { countText } from '../../parts/figures.ts';
import type { Column } from '../../parts/items-table.tsx';
import { PageButton, PageLink, pageUrl } from '../../parts/link.tsx';
import { choicesOf, ListPage } from '../../parts/list-page.tsx';
import { searchOf } from '../../parts/search.ts';
import { When } from '../../parts/when.tsx';
import { shellRoute } from '../../shell/shell.tsx';
import { ImportState, kinds, modes, states, titleOf, triggers } from './words.tsx';

export const importsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/imports',
  validateSearch: searchOf('integrationId', 'kind', 'mode', 'state', 'cursor', 'page'),
  component: Imports,
});

function Imports() {
  const search = importsRoute.useSearch();
  const navigate = useNavigate({ from: '/imports' });
  const { page: _, ...filter } = search;
  const query = useQuery(imports(filter as ImportFilter));
  const all = useQuery(integrations).data?.items ?? [];
  const nameOf = (id: string) => all.find((each) => each.id === id)?.name ?? 'An integration that is deleted';
  const columns: Column<Import>[] = [
    {
      id: 'what',
      header: 'Import',
      width: 190,
      names: true,
      cell: (row) => <PageLink href={pageUrl('/imports/{id}', { id: row.id })}>{titleOf(row)}</PageLink>,
    },
    { id: 'integration', header: 'Integration', cell: ({ integrationId }) => nameOf(integrationId) },
    { id: 'state', header: 'State', width: 150, cell: (row) => <ImportState {...row} /> },
    { id: 'did', header: 'Did', width: 220, cell: (row) => countsText(row) },
    {
      id: 'started',
      header: 'Started',
      width: 190,
      cell: ({ startedAt, trigger, startedBy }) => (
        <>
          <When at={startedAt} />
          <div className="quiet">
            {trigger === 'schedule'
              ? triggers.schedule
              : startedBy
                ? `by ${startedBy.name}`
                : triggers[trigger]}
          </div>
        </>
      ),
    },
    {
      id: 'ended',
      header: 'Ended',
      cell: ({ finishedAt }) => (finishedAt ? <When at={finishedAt} /> : '–'),
      hidden: true,
    },
  ];
  return (
    <ListPage
      title="Imports"
      description="Every import and preview, newest first. What each did is kept."
      one="import"
      query={query}
      columns={columns}
      idOf={({ id }) => id}
      nameOf={(row) => `${titleOf(row)} of ${nameOf(row.integrationId)}, started ${row.startedAt}`}
      search={search}
      onSearch={(to) => void navigate({ search: to })}
      filters={[
        {
          key: 'integrationId',
          label: 'Integration',
          values: all.map(({ id, name }) => ({ value: id, label: name })),
        },
        { key: 'kind', label: 'Of', values: choicesOf(kinds) },
        { key: 'mode', label: 'Mode', values: choicesOf(modes) },
        { key: 'state', label: 'State', values: choicesOf(states) },
      ]}
      none={
        <Empty title="No imports yet" action={<PageButton href="/">Go to the overview</PageButton>}>
          Start one in the overview, in the row of its integration.
        </Empty>
      }
    />
  );
}

/** "3 created, 2 held"; of a preview "would create 3, hold 2". */
export function countsText({ counts, mode }: Pick<Import, 'counts' | 'mode'>): string {
  const parts = [
    [counts.created, 'created', 'create'],
    [counts.updated, 'changed', 'change'],
    [counts.deactivated, 'deactivated', 'deactivate'],
    [counts.held, 'held', 'hold'],
    [counts.failed, 'failed', 'fail'],
    [counts.quarantined, 'not readable', 'set aside'],
  ] as const;
  const there = parts.filter(([count]) => count > 0);
  if (there.length === 0) return counts.unchanged > 0 ? `${countText(counts.unchanged)} in step` : '–';
  if (mode === 'apply') return there.map(([count, did]) => `${countText(count)} ${did}`).join(', ');
  return `Would ${there.map(([count, , would]) => `${would} ${countText(count)}`).join(', ')}`;
}
