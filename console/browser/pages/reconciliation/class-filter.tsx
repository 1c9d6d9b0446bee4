import type { ReconciliationAnswer } from '../../api/types.ts';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { classes } from './words.ts';

interface ClassFilterProps {
  chosen: { class?: string };
  summary: ReconciliationAnswer['summary'] | undefined;
  onChange(chosen: { class?: string }): void;
}

/** Differences of one cause only, each with how many there are. */
export function ClassFilter({ chosen, summary, onChange }: ClassFilterProps) {
  return (
    <FilterBar
      of="differences"
      filters={[
        {
          key: 'class',
          label: 'Cause',
          values: Object.entries(classes).map(([value, label]) => ({
            value,
            label,
            count: summary?.find((sum) => sum.class === value)?.count,
          })),
        },
      ]}
      chosen={{ ...chosen }}
      onChange={onChange}
    />
  );
}
