import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { token } from '../../api/connections.ts';
import type { Connection, Connector, Token } from '../../api/types.ts';
import { daysUntil } from '../../parts/figures.ts';
import { useNow, When } from '../../parts/when.tsx';

/** How connections are spoken of on every page. */
export const roles: Record<string, string> = { distributor: 'Distributor', destination: 'Destination' };

export const systemName = (kinds: Connector[], kind: string): string =>
  kinds.find((connector) => connector.kind === kind)?.name ?? kind;

export function TestState({ test }: { test: Connection['lastTest'] }) {
  if (!test) return <StatusIndicator type="pending">Never tested</StatusIndicator>;
  const warned = test.steps.some(({ state }) => state === 'warning');
  return (
    <>
      <StatusIndicator type={!test.ok ? 'error' : warned ? 'warning' : 'success'}>
        {!test.ok ? 'Failed' : warned ? 'Passed with a warning' : 'Passed'}
      </StatusIndicator>{' '}
      <When at={test.at} />
    </>
  );
}

/** Days before the end at which a person should think of it. */
const soonDays = 14;

export function TokenState({ token: { state, version, refreshExpiresAt } }: { token: Token }) {
  const now = useNow();
  if (state === 'reauth_required')
    return <StatusIndicator type="error">Expired: re-authorise</StatusIndicator>;
  if (state === 'refreshing') return <StatusIndicator type="in-progress">Being renewed</StatusIndicator>;
  if (version === 0) return <StatusIndicator type="pending">Not used yet</StatusIndicator>;
  if (!refreshExpiresAt) return <StatusIndicator type="success">In use</StatusIndicator>;
  const days = daysUntil(refreshExpiresAt, now);
  const left =
    days < 0
      ? 'Ended'
      : days === 0
        ? 'Less than a day left'
        : days === 1
          ? '1 day left'
          : `${days} days left`;
  return <StatusIndicator type={days < soonDays ? 'warning' : 'success'}>{left}</StatusIndicator>;
}

/** Of a connection whose system renews its token with each use; others have nothing that runs out unseen. */
export function TokenOf({ connection, kinds }: { connection: Connection; kinds: Connector[] }) {
  const rotating = kinds.find(({ kind }) => kind === connection.kind)?.auth === 'rotating';
  const { data } = useQuery({ ...token(connection.id), enabled: rotating });
  if (!rotating) return 'Does not expire';
  return data ? <TokenState token={data} /> : '…';
}
