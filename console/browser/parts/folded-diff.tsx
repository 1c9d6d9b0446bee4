import ExpandableSection from '@cloudscape-design/components/expandable-section';
import { changedFields, Diff } from './diff.tsx';
import { countText } from './figures.ts';

/** As many fields as a row can show without pushing the next one away. */
const few = 6;

interface FoldedDiffProps {
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

/** What changed, in a row of a table: a few fields at once, many on demand. */
export function FoldedDiff({ before, after }: FoldedDiffProps) {
  const count = changedFields(before, after).length;
  if (count <= few) return <Diff before={before} after={after} />;
  return (
    <ExpandableSection headerText={`${countText(count)} fields`}>
      <Diff before={before} after={after} />
    </ExpandableSection>
  );
}
