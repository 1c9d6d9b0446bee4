import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { importGroups } from '../../api/imports.ts';
import type { Import, Item } from '../../api/types.ts';
import { Diff } from '../../parts/diff.tsx';
import { Empty } from '../../parts/empty.tsx';
import { countText, moneyText } from '../../parts/figures.ts';
import { FilterBar } from '../../parts/filter-bar.tsx';
import type { Column } from '../../parts/items-table.tsx';
import { Rows } from '../../parts/rows.tsx';
import { ApplyBar } from './apply-bar.tsx';
import { RetryFailed } from './retry-failed.tsx';
import { actions, type Group, groupsOf, ruleText } from './rules.ts';
import { Outcome, outcomes } from './words.tsx';

export interface ItemsSearch {
  action?: string;
  outcome?: string;
  rule?: string;
  search?: string;
}

interface ItemsProps {
  of: Import;
  items: Item[];
  /** There are others that are not shown. */
  more: boolean;
  search: ItemsSearch;
  onSearch(search: ItemsSearch): void;
}

/** What an import planned and did, by reason; each reason unfolds to its rows. In a preview, rows are chosen and applied. */
export function ImportItems({ of, items, more, search, onSearch }: ItemsProps) {
  const [chosen, setChosen] = useState<Item[]>([]);
  const matching = items.filter((item) => matches(item, search));
  const groups = groupsOf(matching);
  const filtered = Object.values(search).some(Boolean);
  const mayApply = of.mode === 'preview' && of.state !== 'running';
  const choose = (group: Group) => (rows: Item[]) =>
    setChosen([...chosen.filter((item) => !group.items.includes(item)), ...rows]);
  return (
    <div className="stack">
      <Container
        header={
          <Header variant="h2" counter={`(${countText(matching.length)})`}>
            By reason
          </Header>
        }
      >
        <SpaceBetween size="s">
          {more && (
            <Alert type="info">
              These are the first {countText(items.length)}. Its numbers above are of all of them.
            </Alert>
          )}
          <FilterBar
            of="items"
            search
            filters={filtersOf(items)}
            chosen={{ ...search }}
            onChange={(chosen) => onSearch(chosen)}
            countText={filtered ? `${countText(matching.length)} match` : undefined}
          />
          {groups.length === 0 &&
            (filtered ? (
              <Empty title="Nothing matches">Take a filter away to see more.</Empty>
            ) : (
              <Empty title="Nothing to list">What is in step on both sides is counted and not listed.</Empty>
            ))}
          {groups.map((group) => (
            <GroupRows
              key={group.key}
              group={group}
              open={groups.length === 1}
              {...(mayApply && group.outcome === 'planned'
                ? { chosen: chosen.filter((item) => group.items.includes(item)), onChoose: choose(group) }
                : {})}
              importOf={of}
            />
          ))}
        </SpaceBetween>
      </Container>
      {mayApply && (
        <ApplyBar
          of={of}
          planned={items.filter(isPlanned)}
          matching={filtered ? matching.filter(isPlanned) : null}
          chosen={chosen}
          more={more}
        />
      )}
    </div>
  );
}

const isPlanned = ({ outcome }: Item) => outcome === 'planned';

interface GroupRowsProps {
  group: Group;
  open: boolean;
  chosen?: Item[];
  onChoose?(rows: Item[]): void;
  importOf: Import;
}

function GroupRows({ group, open, chosen, onChoose, importOf }: GroupRowsProps) {
  const { text, action, outcome, items } = group;
  const worth = useQuery(importGroups(importOf.id)).data?.items.find(
    (known) => known.rule === items[0]!.rule && known.action === action && known.outcome === outcome,
  );
  // Of a group that is filtered, or split by what was said, the sum is not its own.
  const money = worth?.count === items.length ? worth.money : [];
  const [expanded, setExpanded] = useState(open);
  const doing = outcome === 'planned' ? `${actions[action]} ` : '';
  const title = `${doing}${countText(items.length)} × ${text}`;
  return (
    <ExpandableSection
      expanded={expanded}
      onChange={({ detail }) => setExpanded(detail.expanded)}
      headerText={
        <>
          {title} <Outcome outcome={outcome} />
          {money.length > 0 && (
            <span className="quiet">
              {' '}
              {money.map((each) => moneyText(each, outcome === 'planned' ? 'always' : 'auto')).join(', ')}
            </span>
          )}
        </>
      }
      headerActions={outcome === 'failed' && <RetryFailed of={importOf} items={items} />}
      variant="stacked"
    >
      {expanded && (
        <Rows
          title={text}
          rows={items}
          columns={columnsOf(group)}
          idOf={({ id }) => id}
          nameOf={({ name, externalId }) => name ?? externalId}
          selected={chosen}
          onSelect={onChoose}
        />
      )}
    </ExpandableSection>
  );
}

const columnsOf = ({ items }: Group): Column<Item>[] => [
  {
    id: 'name',
    header: 'What',
    names: true,
    cell: ({ name, externalId }) => (
      <>
        {name ?? externalId}
        {name && <div className="quiet">{externalId}</div>}
      </>
    ),
  },
  {
    id: 'customer',
    header: 'Customer',
    cell: ({ customerId, clientId }) => (
      <>
        {customerId ?? '–'}
        {clientId && <div className="quiet">Client {clientId}</div>}
      </>
    ),
  },
  {
    id: 'change',
    header: 'Change',
    width: 240,
    cell: (item) => <Change {...item} />,
  },
  ...(items.some(({ held, message }) => held || message)
    ? [
        {
          id: 'why',
          header: 'Note',
          cell: ({ held, message }: Item) => (
            <>
              {message}
              {held && <Held of={held} />}
            </>
          ),
        },
      ]
    : []),
];

/** What of a new record is told at once, where it has so much. */
const telling = ['name', 'quantity', 'unitPrice', 'unitCost', 'billingCycle', 'term', 'startDate'];
const few = 6;

function Change({ before, after }: Item) {
  if (!after) return <span className="quiet">No field changes</span>;
  const fields = Object.keys(after);
  if (before || fields.length <= few) return <Diff before={before} after={after} />;
  const part = (told: boolean) =>
    Object.fromEntries(
      [...telling, ...fields.filter((field) => !telling.includes(field))].flatMap((field) =>
        field in after && telling.includes(field) === told ? [[field, after[field]]] : [],
      ),
    );
  const rest = part(false);
  return (
    <>
      <Diff before={null} after={part(true)} />
      <ExpandableSection headerText={`${Object.keys(rest).length} more fields`}>
        <Diff before={null} after={rest} />
      </ExpandableSection>
    </>
  );
}

/** Fields left as the destination has them. */
function Held({ of }: { of: NonNullable<Item['held']> }) {
  const side = (name: 'ours' | 'theirs') =>
    Object.fromEntries(
      Object.entries(of).map(([field, both]) => [field, (both as Record<string, unknown> | null)?.[name]]),
    );
  return (
    <div>
      Left as in the PSA; the distributor’s value would be:
      <Diff before={side('theirs')} after={side('ours')} />
    </div>
  );
}

function matches(item: Item, { action, outcome, rule, search }: ItemsSearch): boolean {
  if (action && item.action !== action) return false;
  if (outcome && item.outcome !== outcome) return false;
  if (rule && item.rule !== rule) return false;
  if (!search) return true;
  const text = [item.name, item.externalId, item.customerId, item.clientId].join('\n').toLowerCase();
  return text.includes(search.toLowerCase());
}

function filtersOf(items: Item[]) {
  const facet = (key: 'action' | 'outcome' | 'rule', label: string, wordOf: (value: string) => string) => {
    const counts = new Map<string, number>();
    for (const item of items) counts.set(item[key], (counts.get(item[key]) ?? 0) + 1);
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
