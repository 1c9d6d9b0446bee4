import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { type ImportFilter, imports } from '../../api/imports.ts';
import { integrations } from '../../api/integrations.ts';
import type { Import } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { countText } from '../../parts/figures.ts';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { type Column, ItemsTable } from '../../parts/items-table.tsx';
import { PageButton, PageLink, pageUrl } from '../../parts/link.tsx';
import { Page } from '../../parts/page.tsx';
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
    { id: 'did', header: 'Did', width: 180, cell: (row) => countsText(row) },
    { id: 'started', header: 'Started', cell: ({ startedAt }) => <When at={startedAt} /> },
    { id: 'ended', header: 'Ended', cell: ({ finishedAt }) => (finishedAt ? <When at={finishedAt} /> : '–') },
    {
      id: 'by',
      header: 'By',
      cell: ({ trigger, startedBy }) =>
        trigger === 'schedule' ? triggers.schedule : (startedBy?.name ?? triggers[trigger]),
    },
  ];
  const options = (words: Record<string, string>) =>
    Object.entries(words).map(([value, label]) => ({ value, label }));
  const filtered = Boolean(search.integrationId || search.kind || search.mode || search.state);
  return (
    <Page title="Imports" description="Every import and preview, newest first. What each did is kept.">
      <ItemsTable
        title="Imports"
        heading={null}
        query={query}
        columns={columns}
        idOf={({ id }) => id}
        nameOf={(row) => `${titleOf(row)} of ${nameOf(row.integrationId)}, started ${row.startedAt}`}
        place={search}
        onPlace={({ cursor, page }) => void navigate({ search: { ...search, cursor, page } })}
        filter={
          <FilterBar
            of="imports"
            filters={[
              {
                key: 'integrationId',
                label: 'Integration',
                values: all.map(({ id, name }) => ({ value: id, label: name })),
              },
              { key: 'kind', label: 'Of', values: options(kinds) },
              { key: 'mode', label: 'Mode', values: options(modes) },
              {
                key: 'state',
                label: 'State',
                values: Object.entries(states).map(([value, { text }]) => ({ value, label: text })),
              },
            ]}
            chosen={search}
            onChange={(chosen) => void navigate({ search: chosen })}
          />
        }
        empty={
          filtered ? (
            <Empty title="No import matches">Take a filter away to see more.</Empty>
          ) : (
            <Empty title="No imports yet" action={<PageButton href="/">Go to the overview</PageButton>}>
              Start one in the overview, in the row of its integration.
            </Empty>
          )
        }
      />
    </Page>
  );
}

/** "3 created, 2 held" */
export function countsText({ counts, mode }: Pick<Import, 'counts' | 'mode'>): string {
  const parts = [
    [counts.created, 'created'],
    [counts.updated, 'changed'],
    [counts.deactivated, 'deactivated'],
    [counts.held, 'held'],
    [counts.failed, 'failed'],
    [counts.quarantined, 'not readable'],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${countText(count)} ${word}`);
  if (said.length === 0) return counts.unchanged > 0 ? `${countText(counts.unchanged)} in step` : '–';
  return mode === 'apply' ? said.join(', ') : `Would be: ${said.join(', ')}`;
}
