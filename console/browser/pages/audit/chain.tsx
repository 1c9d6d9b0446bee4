import Button from '@cloudscape-design/components/button';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { auditChain } from '../../api/audit.ts';
import { Copied } from '../../parts/copied.tsx';
import { countText } from '../../parts/figures.ts';
import { Trouble } from '../../parts/trouble.tsx';
import { When } from '../../parts/when.tsx';

/** Whether the entries are as they were written, worked out on demand; the head can be kept elsewhere. */
export function ChainLine() {
  const { data, error, isFetching, dataUpdatedAt, refetch } = useQuery(auditChain);
  if (error) return <Trouble error={error} retry={() => void refetch()} />;
  return (
    <div className="bar">
      <div aria-live="polite">
        {!data ? (
          'Each entry carries the hash of the one before it, so a changed or missing entry shows.'
        ) : data.broken ? (
          <>
            <StatusIndicator type="error">
              The chain is broken at entry {countText(data.broken.seq)}.
            </StatusIndicator>
            <div>
              {data.broken.reason} Find out who could write to the database, and restore it from a backup.
            </div>
          </>
        ) : data.head ? (
          <>
            <StatusIndicator type="success">Verified up to entry {countText(data.head.seq)}</StatusIndicator>{' '}
            <When at={new Date(dataUpdatedAt).toISOString()} />
            <div>
              Keep this head elsewhere and check against it later, with <code>npm run audit:verify</code>:{' '}
              <span className="hash">
                <Copied text={`${data.head.seq}:${data.head.hash}`} of="the head of the chain" />
              </span>
            </div>
          </>
        ) : (
          'There are no entries yet.'
        )}
      </div>
      <Button loading={isFetching} loadingText="Verifying the chain" onClick={() => void refetch()}>
        Verify the chain
      </Button>
    </div>
  );
}
