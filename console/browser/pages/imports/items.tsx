import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { importGroups } from '../../api/imports.ts';
import type { Import, Item } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { countText } from '../../parts/figures.ts';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { ApplyBar } from './apply-bar.tsx';
import { GroupRows } from './group-rows.tsx';
import { actions, type Group, inOrder, ruleText } from './rules.ts';
import { outcomes } from './words.tsx';

export interface ItemsSearch {
  action?: string;
  outcome?: string;
  rule?: string;
  search?: string;
}

interface ItemsProps {
  of: Import;
  search: ItemsSearch;
  onSearch(search: ItemsSearch): void;
}

/** What an import planned and did, by reason; each reason unfolds to its rows. In a preview, rows are chosen and applied. */
export function ImportItems({ of, search, onSearch }: ItemsProps) {
  const [chosen, setChosen] = useState<string[]>([]);
  const filtered = Object.values(search).some(Boolean);
  const all = useQuery(importGroups(of.id));
  const fitting = useQuery(importGroups(of.id, search));
  const mayApply = of.mode === 'preview' && of.state !== 'running';
  const choose = (shown: Item[], rows: Item[]) =>
    setChosen([...chosen.filter((id) => !shown.some((item) => item.id === id)), ...rows.map(({ id }) => id)]);
  return (
    <div className="stack">
      <Loaded query={fitting}>
        {({ items }) => {
          const groups = inOrder(items);
          const count = countOf(groups);
          return (
            <Container
              header={
                <Header variant="h2" counter={`(${countText(count)})`}>
                  By reason
                </Header>
              }
            >
              <SpaceBetween size="s">
                <FilterBar
                  of="items"
                  search
                  filters={filtersOf(all.data?.items ?? groups)}
                  chosen={{ ...search }}
                  onChange={(chosen) => onSearch(chosen)}
                  countText={filtered ? `${countText(count)} match` : undefined}
                />
                {groups.length === 0 && <NoItems filtered={filtered} running={of.state === 'running'} />}
                {groups.map((group) => (
                  <GroupRows
                    key={[group.outcome, group.action, group.rule, group.message].join('\n')}
                    of={of}
                    group={group}
                    search={search.search}
                    open={groups.length === 1}
                    {...(mayApply && group.outcome === 'planned' ? { chosen, onChoose: choose } : {})}
                  />
                ))}
              </SpaceBetween>
            </Container>
          );
        }}
      </Loaded>
      {mayApply && (
        <ApplyBar
          of={of}
          filter={filtered ? { action: search.action, rule: search.rule, search: search.search } : null}
          matching={countOf((fitting.data?.items ?? []).filter(({ outcome }) => outcome === 'planned'))}
          chosen={chosen}
        />
      )}
    </div>
  );
}

const countOf = (groups: Group[]): number => groups.reduce((sum, { count }) => sum + count, 0);

function NoItems({ filtered, running }: { filtered: boolean; running: boolean }) {
  if (filtered) return <Empty title="Nothing matches">Remove a filter to see more.</Empty>;
  return running ? (
    <Empty title="Nothing yet">Items are listed here once both sides have been compared.</Empty>
  ) : (
    <Empty title="Nothing to list">Records equal on both sides are counted, not listed.</Empty>
  );
}

function filtersOf(groups: Group[]) {
  const facet = (key: 'action' | 'outcome' | 'rule', label: string, wordOf: (value: string) => string) => {
    const counts = new Map<string, number>();
    for (const group of groups) counts.set(group[key], (counts.get(group[key]) ?? 0) + group.count);
    return {
      key,
      label,
      values: [...counts].map(([value, count]) => ({ value, label: wordOf(value), count })),
    };
  };
  return [
    facet('outcome', 'Outcome', (value) => outcomes[value as Item['outcome']].text),
    facet('action', 'Action', (value) => actions[value as Item['action']]),
    facet('rule', 'Reason', ruleText),
  ];
}
