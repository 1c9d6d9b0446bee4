import ExpandableSection from '@cloudscape-design/components/expandable-section';
import { changedFields, Diff } from './diff.tsx';
import { countText } from './figures.ts';

/** As many fields as a row can show without growing too tall. */
const few = 6;

interface FoldedDiffProps {
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

/** The changes in a table row: a few fields at once, the others on demand. */
export function FoldedDiff({ before, after }: FoldedDiffProps) {
  if (!before && !after) return '–';
  const count = changedFields(before, after).length;
  if (count <= few) return <Diff before={before} after={after} />;
  return (
    <ExpandableSection headerText={`${countText(count)} fields`}>
      <Diff before={before} after={after} />
    </ExpandableSection>
  );
}
