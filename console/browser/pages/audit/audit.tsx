import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import DatePicker from '@cloudscape-design/components/date-picker';
import FormField from '@cloudscape-design/components/form-field';
import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { type AuditFilter, audit, auditFile } from '../../api/audit.ts';
import { integrations } from '../../api/integrations.ts';
import type { AuditEntry } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { type Filter, FilterBar } from '../../parts/filter-bar.tsx';
import { FoldedDiff } from '../../parts/folded-diff.tsx';
import { type Column, ItemsTable } from '../../parts/items-table.tsx';
import { PageLink, pageUrl } from '../../parts/link.tsx';
import { Page } from '../../parts/page.tsx';
import { searchOf } from '../../parts/search.ts';
import { When } from '../../parts/when.tsx';
import { labelOf } from '../../parts/words.ts';
import { shellRoute } from '../../shell/shell.tsx';
import { ChainLine } from './chain.tsx';
import { actionText, actorKinds, subjects } from './words.ts';

export const auditRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/audit',
  validateSearch: searchOf(
    'actorKind',
    'actor',
    'action',
    'targetKind',
    'targetId',
    'integrationId',
    'importId',
    'from',
    'to',
    'cursor',
    'page',
  ),
  component: Audit,
});

type Search = ReturnType<typeof auditRoute.useSearch>;

function Audit() {
  const search = auditRoute.useSearch();
  const navigate = useNavigate({ from: '/audit' });
  const filter = filterOf(search);
  const query = useQuery(audit(filter, search.cursor));
  const known = useQuery(integrations).data?.items ?? [];
  const rows = query.data?.items ?? [];
  const filtered = Object.values(filter).some(Boolean);
  return (
    <Page
      title="Audit"
      description="Who changed what, newest first. Entries are only added, never changed."
      actions={
        <Button iconName="download" href={auditFile(filter)} download>
          {filtered ? 'Download what matches' : 'Download all'}
        </Button>
      }
    >
      <ChainLine />
      <ItemsTable
        title="Entries"
        heading={null}
        query={query}
        columns={columns}
        idOf={({ seq }) => String(seq)}
        nameOf={({ action, seq }) => `${actionText(action)}, entry ${seq}`}
        place={search}
        onPlace={({ cursor, page }) => void navigate({ search: { ...search, cursor, page } })}
        filter={
          <div className="filters">
            <FilterBar
              of="entries"
              filters={filtersOf(rows, search, known)}
              chosen={search}
              onChange={({ search: _, ...chosen }) =>
                void navigate({ search: { from: search.from, to: search.to, ...chosen } })
              }
            />
            <div className="days">
              {(['from', 'to'] as const).map((end) => (
                <FormField key={end} label={end === 'from' ? 'From' : 'Until'}>
                  <DatePicker
                    value={search[end] ?? ''}
                    placeholder="YYYY/MM/DD"
                    openCalendarAriaLabel={(chosen) =>
                      chosen ? `Choose a day, ${chosen} is chosen` : 'Choose a day'
                    }
                    onChange={({ detail }) =>
                      void navigate({
                        search: {
                          ...search,
                          [end]: detail.value || undefined,
                          cursor: undefined,
                          page: undefined,
                        },
                      })
                    }
                  />
                </FormField>
              ))}
            </div>
          </div>
        }
        empty={
          filtered ? (
            <Empty title="No entry matches">Take a filter away to see more.</Empty>
          ) : (
            <Empty title="Nothing has been changed yet">
              What people, schedules and imports change is remembered here.
            </Empty>
          )
        }
      />
    </Page>
  );
}

/** Days of the reader's own clock as the instants at which they begin and end. */
function filterOf({ cursor: _, page: __, from, to, ...rest }: Search): AuditFilter {
  const midnight = (day: string | undefined, after = 0) => {
    const at = new Date(`${day}T00:00:00`);
    if (!day || Number.isNaN(at.getTime())) return undefined;
    at.setDate(at.getDate() + after);
    return at.toISOString();
  };
  return { ...rest, from: midnight(from), to: midnight(to, 1) };
}

/** Names and ids can be typed; those of this page are offered. */
function filtersOf(rows: AuditEntry[], search: Search, known: { id: string; name: string }[]): Filter[] {
  const words = (of: Record<string, string>) =>
    Object.entries(of).map(([value, label]) => ({ value, label }));
  const seen = (values: (string | null | undefined)[], wordOf = (value: string) => value) =>
    [...new Set(values.filter((value): value is string => Boolean(value)))].map((value) => ({
      value,
      label: wordOf(value),
    }));
  return [
    { key: 'action', label: 'About', values: words(subjects) },
    { key: 'actor', label: 'By', values: seen([search.actor, ...rows.map(({ actor }) => actor.name)]) },
    { key: 'actorKind', label: 'Kind of actor', values: words(actorKinds) },
    {
      key: 'targetKind',
      label: 'Kind of target',
      values: seen([search.targetKind, ...rows.map(({ target }) => target.kind)], labelOf),
    },
    {
      key: 'targetId',
      label: 'Target ID',
      values: seen([search.targetId, ...rows.map(({ target }) => target.id)]),
    },
    {
      key: 'integrationId',
      label: 'Integration',
      values: known.map(({ id, name }) => ({ value: id, label: name })),
    },
    {
      key: 'importId',
      label: 'Import ID',
      values: seen([search.importId, ...rows.map(({ importId }) => importId)]),
    },
  ];
}

const columns: Column<AuditEntry>[] = [
  { id: 'when', header: 'When', width: 130, cell: ({ at }) => <When at={at} /> },
  {
    id: 'what',
    header: 'What',
    names: true,
    width: 190,
    cell: ({ action, target }) => (
      <>
        {actionText(action)}
        <Box variant="small" display="block" color="text-body-secondary">
          {labelOf(target.kind)} {target.id}
        </Box>
      </>
    ),
  },
  {
    id: 'by',
    header: 'By',
    width: 150,
    cell: ({ actor: { name, kind } }) => (
      <>
        {name}
        <Box variant="small" display="block" color="text-body-secondary">
          {actorKinds[kind]}
        </Box>
      </>
    ),
  },
  {
    id: 'change',
    header: 'Change',
    width: 270,
    cell: ({ before, after }) => <FoldedDiff before={before} after={after} />,
  },
  {
    id: 'import',
    header: 'Import',
    width: 110,
    cell: ({ importId, itemId, after, before, seq }) =>
      importId ? (
        <PageLink
          href={pageUrl('/imports/{id}', { id: importId }, { search: itemId && nameIn(after ?? before) })}
          ariaLabel={`${itemId ? 'Its item' : 'Its import'}, of entry ${seq}`}
        >
          {itemId ? 'Its item' : 'Its import'}
        </PageLink>
      ) : (
        '–'
      ),
  },
  { id: 'seq', header: 'Entry', hidden: true, cell: ({ seq }) => seq },
  { id: 'hash', header: 'Hash', hidden: true, cell: ({ hash }) => <code className="hash">{hash}</code> },
];

/** By what the item is found in its import. */
const nameIn = (values: AuditEntry['after']): string | undefined =>
  typeof values?.name === 'string' ? values.name : undefined;
