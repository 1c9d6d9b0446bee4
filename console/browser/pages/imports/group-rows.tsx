import ExpandableSection from '@cloudscape-design/components/expandable-section';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { importItems } from '../../api/imports.ts';
import type { Import, Item } from '../../api/types.ts';
import { Diff } from '../../parts/diff.tsx';
import { countText, sameDecimal } from '../../parts/figures.ts';
import { type Column, ItemsTable } from '../../parts/items-table.tsx';
import { PageLink, subscriptionUrl } from '../../parts/link.tsx';
import { MoneyList } from '../../parts/money.tsx';
import type { Place } from '../../parts/pager.tsx';
import { RetryFailed } from './retry-failed.tsx';
import { actions, type Group, groupText } from './rules.ts';
import { Outcome } from './words.tsx';

interface GroupRowsProps {
  of: Import;
  group: Group;
  search: string | undefined;
  open: boolean;
  /** Ids, of all groups. */
  chosen?: string[];
  /** Of the rows shown, those that are chosen now. */
  onChoose?(shown: Item[], chosen: Item[]): void;
}

/** What the items of one reason come to; unfolded, the items. */
export function GroupRows({ of, group, open, ...rows }: GroupRowsProps) {
  const { action, outcome, count } = group;
  // A name that was edited is worth nothing.
  const money = group.money.filter(({ amount }) => !sameDecimal(amount, '0'));
  const [expanded, setExpanded] = useState(open);
  const planned = outcome === 'planned';
  const title = `${planned ? `${actions[action]} ` : ''}${countText(count)} × ${groupText(group)}`;
  return (
    <ExpandableSection
      expanded={expanded}
      onChange={({ detail }) => setExpanded(detail.expanded)}
      headingTagOverride="h3"
      headerText={<span className="group-title">{title}</span>}
      headerActions={
        <div className="group-worth">
          <Outcome outcome={outcome} />
          {money.length > 0 && (
            <div>
              <MoneyList amounts={money} sign={planned ? 'always' : 'auto'} />
            </div>
          )}
          {outcome === 'failed' && <RetryFailed of={of} group={group} />}
        </div>
      }
      variant="stacked"
    >
      {expanded && <GroupItems of={of} group={group} {...rows} />}
    </ExpandableSection>
  );
}

function GroupItems({ of, group, search, chosen, onChoose }: Omit<GroupRowsProps, 'open'>) {
  const { rule, action, outcome, message } = group;
  const [place, setPlace] = useState<Place>({});
  const failed = outcome === 'failed' && message ? { message } : {};
  const query = useQuery(
    importItems(of.id, { rule, action, outcome, ...failed, search, cursor: place.cursor }),
  );
  const items = query.data?.items ?? [];
  return (
    <ItemsTable
      inside
      title={groupText(group)}
      heading={null}
      empty={null}
      query={query}
      columns={columnsOf(items, of)}
      idOf={({ id }) => id}
      nameOf={({ name, externalId }) => name ?? externalId}
      place={place}
      onPlace={setPlace}
      selected={chosen && items.filter(({ id }) => chosen.includes(id))}
      onSelect={(rows) => onChoose?.(items, rows)}
    />
  );
}

const columnsOf = (items: Item[], { kind, integrationId }: Import): Column<Item>[] => [
  {
    id: 'name',
    header: 'What',
    names: true,
    cell: ({ name, externalId }) => (
      <>
        {kind === 'subscriptions' ? (
          <PageLink href={subscriptionUrl(integrationId, externalId)}>{name ?? externalId}</PageLink>
        ) : (
          (name ?? externalId)
        )}
        {name && <div className="quiet">{externalId}</div>}
      </>
    ),
  },
  {
    id: 'customer',
    header: 'Customer',
    cell: ({ customerId, customerName, clientId }) => (
      <>
        {customerName ?? customerId ?? '–'}
        <div className="quiet">
          {[customerName && customerId, clientId && `client ${clientId}`].filter(Boolean).join(', ')}
        </div>
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

/** The fields of a new record to show at once, if present. */
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

/** Fields held: the destination keeps its values. */
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
