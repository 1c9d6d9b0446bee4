import Button from '@cloudscape-design/components/button';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Page } from '../../api/client.ts';
import { overview } from '../../api/overview.ts';
import type { Standing } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { countText } from '../../parts/figures.ts';
import { type Column, ItemsTable } from '../../parts/items-table.tsx';
import { PageButton, PageLink, pageUrl } from '../../parts/link.tsx';
import { Share } from '../../parts/share.tsx';
import { When } from '../../parts/when.tsx';
import { StartImport } from '../imports/start-import.tsx';
import { ImportState, kinds } from '../imports/words.tsx';
import { StandingState } from './words.tsx';

/** One row an integration: whether its two sides are in step, and what it has to go on with. */
export function StandingsTable() {
  const query = useQuery({
    ...overview,
    select: ({ integrations }): Page<Standing> => ({ items: integrations, nextCursor: null }),
  });
  const [starting, setStarting] = useState<Standing | null>(null);
  const columns: Column<Standing>[] = [
    {
      id: 'name',
      header: 'Integration',
      width: 130,
      names: true,
      cell: ({ id, name }) => <PageLink href={pageUrl('/integrations/{id}', { id })}>{name}</PageLink>,
    },
    { id: 'state', header: 'State', width: 120, cell: (row) => <State {...row} /> },
    { id: 'share', header: 'In step', width: 150, cell: (row) => <InStep {...row} /> },
    { id: 'sync', header: 'Sync', width: 160, cell: (row) => <Sync {...row} /> },
    { id: 'calls', header: 'Calls left', width: 110, cell: ({ calls }) => <CallsLeft calls={calls} /> },
    { id: 'token', header: 'Token', cell: ({ token }) => <TokenLeft token={token} /> },
    {
      id: 'start',
      header: 'Action',
      width: 140,
      cell: (row) => (
        <Button onClick={() => setStarting(row)} ariaLabel={`Import: ${row.name}`}>
          Import…
        </Button>
      ),
    },
  ];
  return (
    <>
      <ItemsTable
        title="Integrations"
        query={query}
        columns={columns}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        empty={
          <Empty
            title="No integrations yet"
            action={<PageButton href="/integrations/new">Add an integration</PageButton>}
          >
            An integration ties one distributor connection to one destination.
          </Empty>
        }
      />
      {starting && <StartImport integration={starting} onClose={() => setStarting(null)} />}
    </>
  );
}

function State({ id, name, state, mode, running, openFindings }: Standing) {
  return (
    <>
      <StandingState state={state} />
      {mode === 'observe' && <div>Observes: writes nothing</div>}
      {openFindings > 0 && (
        <div>
          <PageLink
            href={pageUrl('/findings', {}, { integrationId: id })}
            ariaLabel={`${findingsText(openFindings)} of ${name}`}
          >
            {findingsText(openFindings)}
          </PageLink>
        </div>
      )}
      {running.map(({ id, kind }) => (
        <div key={id}>
          <PageLink href={pageUrl('/imports/{id}', { id })}>{`Now: ${kind}`}</PageLink>
        </div>
      ))}
    </>
  );
}

function InStep({ id, name, counts: { inStep, drifted, held } }: Standing) {
  if (inStep + drifted + held === 0) return '–';
  return (
    <>
      <Share
        parts={[
          { name: 'in step', count: inStep },
          { name: 'differ', count: drifted },
          { name: 'held', count: held },
        ]}
      />
      <PageLink
        href={pageUrl('/subscriptions', {}, { integrationId: id })}
        ariaLabel={`Subscriptions of ${name}`}
      >
        Subscriptions
      </PageLink>
    </>
  );
}

const findingsText = (count: number) => (count === 1 ? '1 finding' : `${countText(count)} findings`);

function Sync({ lastSync, nextSync, paused, name }: Standing) {
  return (
    <>
      {lastSync ? (
        <>
          <ImportState state={lastSync.state} />
          <div>
            <PageLink
              href={pageUrl('/imports/{id}', { id: lastSync.importId })}
              ariaLabel={`${kinds[lastSync.kind]}: the last import of ${name}`}
            >
              {kinds[lastSync.kind]}
            </PageLink>{' '}
            <When at={lastSync.at} />
          </div>
        </>
      ) : (
        <div>Never synced</div>
      )}
      <div className="quiet">
        {nextSync ? (
          <>
            Next <When at={nextSync} />
          </>
        ) : paused ? (
          'The schedule is paused'
        ) : (
          'Not scheduled'
        )}
      </div>
    </>
  );
}

function CallsLeft({ calls }: Pick<Standing, 'calls'>) {
  if (!calls) return 'Not limited';
  const { left, limit, seconds, closedUntil } = calls;
  if (closedUntil && new Date(closedUntil) > new Date())
    return (
      <StatusIndicator type="pending">
        Waits until <When at={closedUntil} />
      </StatusIndicator>
    );
  return (
    <>
      {countText(left)} of {countText(limit)} in {seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`}
    </>
  );
}

/** Days before the end at which a person should think of it. */
const soonDays = 14;

function TokenLeft({ token }: Pick<Standing, 'token'>) {
  if (!token) return 'No end';
  const href = pageUrl('/connections/{id}', { id: token.connectionId });
  if (token.state === 'reauth_required')
    return (
      <StatusIndicator type="error">
        <PageLink href={href}>Expired</PageLink>
      </StatusIndicator>
    );
  if (token.daysLeft === null) return <PageLink href={href}>In use</PageLink>;
  return (
    <StatusIndicator type={token.daysLeft < soonDays ? 'warning' : 'success'}>
      <PageLink href={href}>{token.daysLeft === 1 ? '1 day left' : `${token.daysLeft} days left`}</PageLink>
    </StatusIndicator>
  );
}
