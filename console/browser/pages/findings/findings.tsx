import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { findingOf, findings } from '../../api/findings.ts';
import { integrations } from '../../api/integrations.ts';
import type { Finding } from '../../api/types.ts';
import { DetailPanel } from '../../parts/detail-panel.tsx';
import { Empty } from '../../parts/empty.tsx';
import { countText } from '../../parts/figures.ts';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { type Column, ItemsTable, rowsOf } from '../../parts/items-table.tsx';
import { PageButton } from '../../parts/link.tsx';
import { Page } from '../../parts/page.tsx';
import { RowAct, RowKeys } from '../../parts/row-keys.tsx';
import { searchOf } from '../../parts/search.ts';
import { Severity } from '../../parts/severity.tsx';
import { When } from '../../parts/when.tsx';
import { shellRoute } from '../../shell/shell.tsx';
import { Actions } from './actions.tsx';
import { type FindingActs, useFindingActs } from './acts.tsx';
import { FindingCard } from './finding-card.tsx';
import { allKinds, type Cause, causesOf, decidedByPerson, decidedText, kindText, sorted } from './words.ts';

export const findingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/findings',
  validateSearch: searchOf('state', 'kind', 'integrationId', 'importId', 'finding', 'sort'),
  component: Findings,
});

const stateWords = { open: 'Open', muted: 'Muted', resolved: 'Decided' };

function Findings() {
  const search = findingsRoute.useSearch();
  const navigate = useNavigate({ from: '/findings' });
  const { finding: opened, sort, ...filter } = search;
  const acts = useFindingActs();
  const state = filter.state ?? 'open';
  const query = useQuery(findings({ ...filter, state }));
  const all = useQuery(integrations).data?.items ?? [];
  const causes = sorted(causesOf(query.data?.items ?? []), sort);
  const named = causes.find(({ items }) => items.some(({ id }) => id === opened));
  // A cause stays open when the finding that opened it has been decided and others of it are left.
  const [kept, keep] = useState(named?.key);
  useEffect(() => {
    if (named) keep(named.key);
  }, [named]);
  const shown = named ?? (opened ? causes.find(({ key }) => key === kept) : undefined);
  // One that somebody else has decided meanwhile is shown with the answer.
  const alone = useQuery({
    ...findingOf(opened ?? ''),
    enabled: opened !== undefined && !named && !!query.data,
  }).data;
  const told = alone && !named && !acts.answered.has(alone.id) ? alone : undefined;
  const open = (finding: string | undefined) => void navigate({ search: { ...search, finding } });

  const paneled = told ?? shown;
  const panelOpen = paneled !== undefined;
  const facets = query.data?.facets;
  const columns: Column<Cause>[] = [
    {
      id: 'what',
      header: 'What',
      names: true,
      width: 170,
      sort: 'count',
      cell: ({ key, items, kind, severity, integrationId }) => (
        <>
          <RowAct>
            <Button
              variant="inline-link"
              ariaExpanded={shown?.key === key}
              onClick={() => open(shown?.key === key ? undefined : items[0]!.id)}
            >
              {items.length === 1 ? kindText(kind) : `${countText(items.length)} × ${kindText(kind)}`}
            </Button>
          </RowAct>
          <div>
            <Severity severity={severity} />
          </div>
          <div className="quiet">{all.find(({ id }) => id === integrationId)?.name}</div>
        </>
      ),
    },
    // What the panel shows is not said twice.
    ...(panelOpen
      ? []
      : [
          {
            id: 'message',
            header: 'Why',
            width: 300,
            cell: ({ items }: Cause) => (
              <>
                {items[0]!.message}
                {items.length > 1 && ` And ${countText(items.length - 1)} more like it.`}
              </>
            ),
          },
        ]),
    {
      id: 'since',
      header: 'Oldest',
      width: 120,
      sort: 'since',
      cell: ({ items }) => <When at={items[0]!.openedAt} />,
    },
    ...(panelOpen
      ? []
      : [
          {
            id: 'actions',
            header: 'Decide',
            width: 290,
            cell: ({ items, actions }: Cause) =>
              state === 'resolved' ? (
                <Decided findings={items} acts={acts} />
              ) : (
                <Actions findings={items} actions={actions} acts={acts} />
              ),
          },
        ]),
  ];
  return (
    <Page
      title="Findings"
      description="What needs a decision, one row per cause. Open a row to see each of them with its evidence."
    >
      <RowKeys of="findings">
        <ItemsTable
          title="Findings"
          heading={null}
          query={{
            ...rowsOf(causes),
            isPending: query.isPending,
            error: query.data ? null : query.error,
            refetch: query.refetch,
          }}
          columns={columns}
          idOf={({ key }) => key}
          nameOf={({ items }) => items[0]!.message}
          sort={sort}
          onSort={(to) => void navigate({ search: { ...search, sort: to } })}
          filter={
            <FilterBar
              of="findings"
              filters={[
                {
                  key: 'state',
                  label: 'State',
                  values: Object.entries(stateWords).map(([value, label]) => ({
                    value,
                    label,
                    count: facets && (facets.state[value] ?? 0),
                  })),
                },
                {
                  key: 'kind',
                  label: 'Kind',
                  // Those there are; of a search without answers all there could be.
                  values: (facets
                    ? allKinds.filter(({ value }) => facets.kind[value] || value === filter.kind)
                    : allKinds
                  ).map((known) => ({ ...known, count: facets?.kind[known.value] })),
                },
                {
                  key: 'integrationId',
                  label: 'Integration',
                  values: all.map(({ id, name }) => ({
                    value: id,
                    label: name,
                    count: facets && (facets.integrationId[id] ?? 0),
                  })),
                },
                ...(filter.importId
                  ? [
                      {
                        key: 'importId',
                        label: 'Import',
                        values: [{ value: filter.importId, label: 'one import' }],
                      },
                    ]
                  : []),
              ]}
              chosen={filter}
              onChange={(chosen) => void navigate({ search: { ...chosen, sort } })}
            />
          }
          empty={
            Object.values(filter).some(Boolean) ? (
              <Empty title="No finding matches">Remove a filter to see more.</Empty>
            ) : (
              <Empty title="Nothing to decide" action={<PageButton href="/">Go to the overview</PageButton>}>
                Imports open a finding where a person has to decide.
              </Empty>
            )
          }
        />
      </RowKeys>
      {paneled && (
        <DetailPanel header={kindText(paneled.kind)} onClose={() => open(undefined)}>
          <SpaceBetween size="xl">
            {told && <FindingCard finding={told} acts={acts} />}
            {shown && shown.items.length > 1 && state !== 'resolved' && (
              <Actions findings={shown.items} actions={shown.actions} acts={acts} />
            )}
            {shown?.items.map((finding) => (
              <FindingCard key={finding.id} finding={finding} acts={acts} />
            ))}
          </SpaceBetween>
        </DetailPanel>
      )}
      {acts.dialog}
    </Page>
  );
}

function Decided({ findings, acts }: { findings: Finding[]; acts: FindingActs }) {
  const byPeople = findings.filter(decidedByPerson);
  if (byPeople.length === 0) return 'Closed by itself';
  return (
    <SpaceBetween size="xs">
      <div>{decidedText(byPeople[0]!)}</div>
      <Button
        disabled={acts.working}
        ariaLabel={`Take back: ${findings[0]!.message}`}
        onClick={() => acts.undo(byPeople)}
      >
        {byPeople.length === 1 ? 'Take it back' : `Take ${countText(byPeople.length)} back`}
      </Button>
    </SpaceBetween>
  );
}
