import PropertyFilter, { type PropertyFilterProps } from '@cloudscape-design/components/property-filter';
import { useRef } from 'react';
import { useKeys } from '../shell/keys.tsx';
import { countText } from './figures.ts';

export interface Filter {
  /** Its name in the API's query and the page's URL. */
  key: string;
  label: string;
  /** `count` is the number of rows, if the API gives it (facets). */
  values: { value: string; label: string; count?: number }[];
}

type Chosen = Record<string, string | undefined>;

interface FilterBarProps {
  /** Of what, for screen readers: "connections". */
  of: string;
  filters: Filter[];
  chosen: Chosen;
  onChange(chosen: Chosen): void;
  /** Whether free text searches (`search` in `chosen`). */
  search?: boolean;
  /** "24 connections" */
  countText?: string;
}

/** One bar for all filters of a list: type to search, or choose a property and a value. `/` focuses it. */
export function FilterBar({
  of,
  filters,
  chosen,
  onChange,
  search = false,
  countText: text,
}: FilterBarProps) {
  const bar = useRef<PropertyFilterProps.Ref>(null);
  useKeys([{ keys: '/', does: `Filter the ${of}`, act: () => bar.current?.focus() }]);
  const tokens = tokensOf(filters, chosen, search);
  const asks = `${search ? (filters.length > 0 ? 'Search or filter' : 'Search') : 'Filter'} ${of}`;
  return (
    <PropertyFilter
      ref={bar}
      query={{ tokens, operation: 'and' }}
      onChange={({ detail }) => onChange(chosenOf(filters, detail.tokens))}
      hideOperations
      disableFreeTextFiltering={!search}
      freeTextFiltering={{ operators: [':'], defaultOperator: ':' }}
      filteringProperties={filters.map(({ key, label, values }) => ({
        key,
        propertyLabel: label,
        groupValuesLabel: `${label}: choose one`,
        operators: [
          { operator: '=', format: (value) => values.find((known) => known.value === value)?.label ?? value },
        ],
      }))}
      filteringOptions={filters.flatMap(({ key, values }) =>
        values.map(({ value, label, count }) => ({
          propertyKey: key,
          value,
          label: count === undefined ? label : `${label} (${countText(count)})`,
        })),
      )}
      filteringPlaceholder={asks}
      filteringAriaLabel={asks}
      countText={text}
      expandToViewport
    />
  );
}

function tokensOf(filters: Filter[], chosen: Chosen, search: boolean): PropertyFilterProps.Token[] {
  const set = filters.flatMap(({ key }) =>
    chosen[key] ? [{ propertyKey: key, operator: '=', value: chosen[key] }] : [],
  );
  return search && chosen.search ? [...set, { operator: ':', value: chosen.search }] : set;
}

/** One value per property and one text: the last one wins. Removed filters are undefined. */
function chosenOf(filters: Filter[], tokens: readonly PropertyFilterProps.Token[]): Chosen {
  const chosen: Chosen = {
    search: undefined,
    ...Object.fromEntries(filters.map(({ key }) => [key, undefined])),
  };
  for (const { propertyKey, value } of tokens) chosen[propertyKey ?? 'search'] = String(value);
  return chosen;
}
