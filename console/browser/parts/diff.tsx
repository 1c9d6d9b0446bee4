import Box from '@cloudscape-design/components/box';
import { labelOf } from './words.ts';

type Values = Record<string, unknown> | null;

/** The fields that differ, each as `before → after`. Values from outside are shown as text. */
export function Diff({ before, after }: { before: Values; after: Values }) {
  const fields = changedFields(before, after);
  if (fields.length === 0) return <Box color="text-body-secondary">No field changes</Box>;
  return (
    <dl className="diff">
      {fields.map((field) => (
        <div key={field}>
          <dt>{labelOf(field)}</dt>
          <dd>
            {before && field in before && (
              <>
                <del className="changed-before">{valueText(before[field])}</del>{' '}
                <span aria-hidden="true">→</span>{' '}
              </>
            )}
            <ins className="changed-after">{valueText(after?.[field])}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}

export const changedFields = (before: Values, after: Values): string[] =>
  [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter(
    (field) => valueText(before?.[field]) !== valueText(after?.[field]),
  );

export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) return value.join(', ') || '–';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
