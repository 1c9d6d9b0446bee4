import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { approvals } from '../../api/approvals.ts';
import { integrations } from '../../api/integrations.ts';
import type { Change } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import type { Column } from '../../parts/items-table.tsx';
import { PageLink, pageUrl, subscriptionUrl } from '../../parts/link.tsx';
import { choicesOf, ListPage } from '../../parts/list-page.tsx';
import { searchOf } from '../../parts/search.ts';
import { Status } from '../../parts/status.tsx';
import { When } from '../../parts/when.tsx';
import { shellRoute } from '../../shell/shell.tsx';
import { CostOf } from './cost.tsx';
import { Decide } from './decide.tsx';
import { askedFor, states, subjectOf } from './words.ts';

export const approvalsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/approvals',
  validateSearch: searchOf('integrationId', 'state', 'cursor', 'page'),
  component: Approvals,
});

function Approvals() {
  const search = approvalsRoute.useSearch();
  const navigate = useNavigate({ from: '/approvals' });
  const { page: _, ...filter } = search;
  const query = useQuery(approvals(filter));
  const known = useQuery(integrations).data?.items ?? [];
  const [deciding, setDeciding] = useState<{ change: Change; approve: boolean } | null>(null);
  const waiting = (search.state ?? 'waiting') === 'waiting';

  const decide = (change: Change, approve: boolean, text: string) => (
    <Button
      variant="inline-link"
      ariaLabel={`${text}: ${askedFor(change)}, ${subjectOf(change)}`}
      onClick={() => setDeciding({ change, approve })}
    >
      {text}
    </Button>
  );
  const columns: Column<Change>[] = [
    {
      id: 'change',
      header: 'Change',
      names: true,
      width: 190,
      cell: (row) => (
        <>
          {askedFor(row)}
          <div>
            {row.subscriptionId ? (
              <PageLink href={subscriptionUrl(row.integrationId, row.subscriptionId)}>
                {subjectOf(row)}
              </PageLink>
            ) : (
              subjectOf(row)
            )}
          </div>
        </>
      ),
    },
    { id: 'cost', header: 'Cost', width: 190, cell: (row) => <CostOf change={row} /> },
    {
      id: 'integration',
      header: 'Integration',
      cell: ({ integrationId: id }) => (
        <PageLink href={pageUrl('/integrations/{id}', { id })}>
          {known.find((each) => each.id === id)?.name ?? 'Deleted'}
        </PageLink>
      ),
    },
    {
      id: 'state',
      header: 'State',
      width: 180,
      cell: ({ state, message }) => (
        <>
          <Status of={states} is={state} />
          {message && (
            <Box variant="small" display="block">
              {message}
            </Box>
          )}
        </>
      ),
    },
    {
      id: 'asked',
      header: 'Asked',
      cell: ({ askedBy, askedAt }) => (
        <>
          {askedBy}, <When at={askedAt} />
        </>
      ),
    },
    waiting
      ? { id: 'expires', header: 'Expires', cell: ({ expiresAt }) => <When at={expiresAt} /> }
      : {
          id: 'decided',
          header: 'Decided',
          cell: ({ decidedBy, decidedAt, reason }) => (
            <>
              {decidedBy ?? '–'} {decidedAt && <When at={decidedAt} />}
              {reason && (
                <Box variant="small" display="block">
                  {reason}
                </Box>
              )}
            </>
          ),
        },
    {
      id: 'actions',
      header: 'Actions',
      cell: (row) =>
        row.state === 'waiting' ? (
          <div className="actions">
            {decide(row, true, 'Approve')}
            {decide(row, false, 'Reject')}
          </div>
        ) : (
          '–'
        ),
    },
  ];
  return (
    <ListPage
      title="Approvals"
      description="Changes requested at a distributor. Each is placed once a person approves it."
      one="change"
      query={query}
      columns={columns}
      idOf={({ id }) => id}
      nameOf={(row) => `${askedFor(row)}, ${subjectOf(row)}`}
      search={search}
      onSearch={(to) => void navigate({ search: to })}
      filters={[
        { key: 'state', label: 'State', values: choicesOf(states) },
        {
          key: 'integrationId',
          label: 'Integration',
          values: known.map(({ id, name }) => ({ value: id, label: name })),
        },
      ]}
      none={
        <Empty title="Nothing waits for approval">
          Changes come here when an integration asks a person before it places them.
        </Empty>
      }
    >
      {deciding && <Decide {...deciding} onClose={() => setDeciding(null)} />}
    </ListPage>
  );
}
