import { useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useKeys } from '../shell/keys.tsx';
import { Empty } from './empty.tsx';
import { type Filter, FilterBar } from './filter-bar.tsx';
import { ItemsTable, type ItemsTableProps } from './items-table.tsx';
import { PageButton } from './link.tsx';
import { Page } from './page.tsx';
import type { Place } from './pager.tsx';

type Search = Place & Record<string, string | undefined>;

interface ListPageProps<Row>
  extends Pick<ItemsTableProps<Row>, 'query' | 'columns' | 'idOf' | 'nameOf' | 'sort' | 'onSort'> {
  /** "Connections" */
  title: string;
  description: string;
  /** One of them, in words: "connection". */
  one: string;
  filters: Filter[];
  /** The page's URL parameters: filters and position. */
  search: Search;
  onSearch(search: Search): void;
  /** The page to add one; `N` opens it. */
  add?: string;
  /** Shown if there are none and nothing is filtered: see `Empty`. */
  none: ReactNode;
  children?: ReactNode;
}

/** A page that lists one noun, with its filters and position in the URL. */
export function ListPage<Row>(props: ListPageProps<Row>) {
  const { title, description, one, filters, search, onSearch, add, none, children, ...table } = props;
  const router = useRouter();
  const { cursor: _, page: __, ...chosen } = search;
  const text = `Add ${/^[aeiou]/.test(one) ? 'an' : 'a'} ${one}`;
  useKeys(add ? [{ keys: 'n', does: text, act: () => void router.navigate({ href: add }) }] : []);
  return (
    <Page
      title={title}
      description={description}
      actions={
        add && (
          <PageButton variant="primary" href={add}>
            {text}
          </PageButton>
        )
      }
    >
      <ItemsTable
        {...table}
        title={title}
        heading={null}
        place={search}
        onPlace={({ cursor, page }) => onSearch({ ...search, cursor, page })}
        filter={
          <FilterBar
            of={title.toLowerCase()}
            filters={filters}
            chosen={chosen}
            onChange={(to) => onSearch(to)}
          />
        }
        empty={
          filters.some(({ key }) => chosen[key]) ? (
            <Empty title={`No ${one} matches`}>Remove a filter to see more.</Empty>
          ) : (
            none
          )
        }
      />
      {children}
    </Page>
  );
}

/** Words by value, as a filter's choices. */
export const choicesOf = (words: Record<string, string | { text: string }>): Filter['values'] =>
  Object.entries(words).map(([value, word]) => ({
    value,
    label: typeof word === 'string' ? word : word.text,
  }));
