import Cards from '@cloudscape-design/components/cards';
import CollectionPreferences, {
  type CollectionPreferencesProps,
} from '@cloudscape-design/components/collection-preferences';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';
import type { Page } from '../api/client.ts';
import { useIsNarrow } from './narrow.ts';
import { Pager, type Place } from './pager.tsx';
import { useStored } from './stored.ts';
import { Trouble } from './trouble.tsx';

export interface Column<Row> {
  id: string;
  header: string;
  cell(row: Row): ReactNode;
  /** Names the row to screen readers, and heads its card on a phone. One column of a table. */
  names?: boolean;
  /** The API's `sort` value; absent if the list cannot be sorted by it. */
  sort?: string;
  /** Minimum width in px; the remaining space is shared. */
  width?: number;
  /** Hidden until the reader selects it. */
  hidden?: boolean;
}

/** Rows of a query. */
export interface RowsQuery<Row> {
  data: Page<Row> | undefined;
  error: Error | null;
  isPending: boolean;
  refetch(): unknown;
}

/** Rows that are here already; `nextCursor` says that there are more, and where. */
export const rowsOf = <Row,>(items: Row[], nextCursor: string | null = null): RowsQuery<Row> => ({
  data: { items, nextCursor },
  error: null,
  isPending: false,
  refetch: () => {},
});

export interface ItemsTableProps<Row> {
  /** What the rows are: "Connections". Heads the table, and names it and its pages to screen readers. */
  title: string;
  /** `null` omits the heading, if the page has the same one. */
  heading?: ReactNode | null;
  description?: ReactNode;
  counter?: string;
  actions?: ReactNode;
  query: RowsQuery<Row>;
  columns: Column<Row>[];
  idOf(row: Row): string;
  /** Its name in labels. */
  nameOf(row: Row): string;
  /** Shown without rows: see `Empty`. */
  empty: ReactNode;
  /** See `FilterBar`. */
  filter?: ReactNode;
  place?: Place;
  onPlace?(place: Place): void;
  /** A column's `sort`, with a leading `-` for descending. */
  sort?: string;
  onSort?(sort: string): void;
  /** Selected rows, to act on together. */
  selected?: Row[];
  onSelect?(rows: Row[]): void;
  isDisabled?(row: Row): boolean;
  /** Embedded in another component; no column choices. */
  inside?: boolean;
}

/** A page of a list, as a table or, on a phone, as cards. Sorting, filters and pages are the API's. */
export function ItemsTable<Row>(props: ItemsTableProps<Row>) {
  const { title, query, columns, idOf, nameOf, place = {}, selected, sort, isDisabled, inside } = props;
  const [shown, setShown] = useStored<CollectionPreferencesProps.Preferences>(`tributary-table-${title}`, {});
  const narrow = useIsNarrow();
  if (query.error && !query.data) return <Trouble error={query.error} retry={() => void query.refetch()} />;

  const display = columns.map(({ id, hidden }) => ({ id, visible: !hidden }));
  const kept = shown.contentDisplay?.filter(({ id }) => columns.some((column) => column.id === id)) ?? [];
  const added = display.filter(({ id }) => !kept.some((known) => known.id === id));
  const contentDisplay = [...kept, ...added];
  const select = selected && {
    selectionType: 'multi' as const,
    selectedItems: selected,
    onSelectionChange: ({ detail }: { detail: { selectedItems: Row[] } }) =>
      props.onSelect?.(detail.selectedItems),
    isItemDisabled: isDisabled,
  };
  const common = {
    ...select,
    items: query.data?.items ?? [],
    trackBy: idOf,
    loading: query.isPending,
    loadingText: `Reading ${title.toLowerCase()}`,
    empty: props.empty,
    filter: props.filter,
    header:
      props.heading === null ? undefined : (
        <Header
          counter={props.counter}
          description={props.description}
          actions={props.actions && <div className="actions">{props.actions}</div>}
        >
          {props.heading ?? title}
        </Header>
      ),
    pagination: props.onPlace && (
      <Pager
        place={place}
        nextCursor={query.data?.nextCursor}
        label={title.toLowerCase()}
        onGo={props.onPlace}
      />
    ),
  };
  const naming = columns.find(({ names }) => names) ?? columns[0]!;
  const visible = contentDisplay.filter(({ visible }) => visible).map(({ id }) => id);

  if (narrow)
    return (
      <Cards<Row>
        {...common}
        cardDefinition={{
          header: (row) => naming.cell(row),
          sections: columns
            .filter((column) => column !== naming)
            .map(({ id, header, cell }) => ({ id, header, content: cell })),
        }}
        visibleSections={visible}
        ariaLabels={{
          cardsLabel: title,
          selectionGroupLabel: `Selection of ${title.toLowerCase()}`,
          itemSelectionLabel: (_, row) => nameOf(row),
        }}
      />
    );
  const sorting = columns.find((column) => column.sort && column.sort === sort?.replace(/^-/, ''));
  return (
    <Table<Row>
      {...common}
      columnDefinitions={columns.map(({ id, header, cell, names, sort: field, width }) => ({
        id,
        header,
        cell,
        width,
        minWidth: width ?? 96,
        isRowHeader: names,
        sortingField: field,
        ariaLabel: field
          ? ({ sorted, descending }) =>
              `${header}, ${sorted ? `sorted ${descending ? 'falling' : 'rising'}` : 'not sorted'}`
          : undefined,
      }))}
      columnDisplay={contentDisplay}
      sortingColumn={sorting && { sortingField: sorting.sort }}
      sortingDescending={sort?.startsWith('-')}
      sortingDisabled={!props.onSort}
      onSortingChange={({ detail: { sortingColumn, isDescending } }) =>
        props.onSort?.(`${isDescending ? '-' : ''}${sortingColumn.sortingField}`)
      }
      contentDensity={shown.contentDensity ?? 'compact'}
      wrapLines={shown.wrapLines ?? true}
      variant={inside ? 'embedded' : 'container'}
      stickyHeader={!inside}
      cellVerticalAlign="top"
      enableKeyboardNavigation
      ariaLabels={{
        tableLabel: title,
        selectionGroupLabel: `Selection of ${title.toLowerCase()}`,
        allItemsSelectionLabel: () => `Select all ${title.toLowerCase()} of this page`,
        itemSelectionLabel: (_, row) => `Select ${nameOf(row)}`,
      }}
      preferences={
        props.filter && (
          <CollectionPreferences
            title="How this table is shown"
            confirmLabel="Show it so"
            cancelLabel="Cancel"
            preferences={{ contentDensity: 'compact', wrapLines: true, ...shown, contentDisplay }}
            onConfirm={({ detail }) => setShown(detail)}
            wrapLinesPreference={{ label: 'Wrap lines', description: 'Show long texts in full' }}
            contentDensityPreference={{ label: 'Compact', description: 'More rows on a page of the screen' }}
            contentDisplayPreference={{
              title: 'Columns',
              options: columns.map(({ id, header, names }) => ({ id, label: header, alwaysVisible: names })),
            }}
          />
        )
      }
    />
  );
}
