import Button from '@cloudscape-design/components/button';
import Tabs from '@cloudscape-design/components/tabs';
import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { connection, connectors } from '../../api/connections.ts';
import { integration } from '../../api/integrations.ts';
import type { Connection, Integration } from '../../api/types.ts';
import { PageButton, PageLink, pageUrl } from '../../parts/link.tsx';
import { LoadedPage } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { searchOf } from '../../parts/search.ts';
import { shellRoute } from '../../shell/shell.tsx';
import { StartImport } from '../imports/start-import.tsx';
import { Mappings } from '../mappings/mappings.tsx';
import { People } from '../people/people.tsx';
import { ScheduleOf } from '../schedules/schedule.tsx';
import { Options } from './options.tsx';
import { RemoveIntegration } from './remove-integration.tsx';

export const integrationRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/integrations/$id',
  validateSearch: searchOf('tab', 'state', 'search', 'cursor', 'page'),
  component: IntegrationPage,
});

const above = [{ text: 'Integrations', href: '/integrations' }];

function IntegrationPage() {
  const { id } = integrationRoute.useParams();
  const query = useQuery(integration(id));
  return (
    <LoadedPage title="Integration" above={above} query={query}>
      {(known) => <WithEnds known={known} />}
    </LoadedPage>
  );
}

function WithEnds({ known }: { known: Integration }) {
  const source = useQuery(connection(known.sourceId));
  const destination = useQuery(connection(known.destinationId));
  const kinds = useQuery(connectors);
  return (
    <LoadedPage title={known.name} above={above} query={source}>
      {(from) => (
        <LoadedPage title={known.name} above={above} query={destination}>
          {(to) => (
            <LoadedPage title={known.name} above={above} query={kinds}>
              {({ items }) => (
                <Shown
                  known={known}
                  source={from}
                  destination={to}
                  writes={items.find(({ kind }) => kind === to.kind)?.flow !== 'pull'}
                  hasAgents={
                    items.find(({ kind }) => kind === to.kind)?.capabilities.includes('agents') ?? false
                  }
                />
              )}
            </LoadedPage>
          )}
        </LoadedPage>
      )}
    </LoadedPage>
  );
}

interface ShownProps {
  known: Integration;
  source: Connection;
  destination: Connection;
  /** Tributary writes to the destination; otherwise it reads from us. */
  writes: boolean;
  /** Its agents can be mapped to people. */
  hasAgents: boolean;
}

function Shown({ known, source, destination, writes, hasAgents }: ShownProps) {
  const { tab = 'options', ...search } = integrationRoute.useSearch();
  const navigate = useNavigate({ from: '/integrations/$id' });
  const [removing, setRemoving] = useState(false);
  const [starting, setStarting] = useState(false);
  const mapped = (
    <Mappings
      integration={known}
      search={search}
      onSearch={(to) => void navigate({ search: { tab: 'mappings', ...to } })}
    />
  );
  const agents = (
    <People
      destination={destination}
      search={search}
      onSearch={(to) => void navigate({ search: { tab: 'people', ...to } })}
    />
  );
  const tabs = [
    { id: 'options', label: 'Options', content: <Options known={known} writes={writes} /> },
    ...(writes ? [{ id: 'mappings', label: 'Mappings', content: mapped }] : []),
    ...(hasAgents ? [{ id: 'people', label: 'People', content: agents }] : []),
    { id: 'schedule', label: 'Schedule', content: <ScheduleOf integration={known} /> },
  ];
  return (
    <Page
      title={known.name}
      description={
        <>
          From <End connection={source} /> to <End connection={destination} />
        </>
      }
      above={above}
      actions={
        <>
          <PageButton href={pageUrl('/subscriptions', {}, { integrationId: known.id })}>
            Subscriptions
          </PageButton>
          {writes && (
            <PageButton href={pageUrl('/integrations/{id}/reconciliation', { id: known.id })}>
              Reconciliation
            </PageButton>
          )}
          <Button onClick={() => setRemoving(true)}>Delete</Button>
          <Button variant="primary" onClick={() => setStarting(true)}>
            Start an import
          </Button>
        </>
      }
    >
      <Tabs
        tabs={tabs}
        activeTabId={tabs.some(({ id }) => id === tab) ? tab : 'options'}
        ariaLabel="Parts of the integration"
        onChange={({ detail }) => void navigate({ search: { tab: detail.activeTabId } })}
      />
      {starting && <StartImport integration={known} onClose={() => setStarting(false)} />}
      {removing && <RemoveIntegration known={known} onClose={() => setRemoving(false)} />}
    </Page>
  );
}

function End({ connection: { id, name } }: { connection: Connection }) {
  return <PageLink href={pageUrl('/connections/{id}', { id })}>{name}</PageLink>;
}
