import type { ReconciliationAnswer } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';

interface NoDifferencesProps {
  /** Undefined while it is not read. */
  state: ReconciliationAnswer['state'] | undefined;
  filtered: boolean;
}

/** What the signs of differences mean. */
export const signs = 'Plus: should be billed but is not. Minus: is billed but should not be.';

/** Why no difference is listed. */
export function NoDifferences({ state, filtered }: NoDifferencesProps) {
  if (filtered) return <Empty title="No difference matches">Remove the filter to see all causes.</Empty>;
  if (state === 'unknown')
    return (
      <Empty title="No difference is known">One side was not read completely. Its reason stands above.</Empty>
    );
  return <Empty title="No differences">What the distributor bills is what the PSA bills.</Empty>;
}
