import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { changesOf } from '../../api/changes.ts';
import { connection, connectors } from '../../api/connections.ts';
import { findings } from '../../api/findings.ts';
import { integration } from '../../api/integrations.ts';
import { subscription } from '../../api/subscriptions.ts';
import type { Change, Connector, Integration, Item, SubscriptionDetail } from '../../api/types.ts';
import { Copied } from '../../parts/copied.tsx';
import { valueText } from '../../parts/diff.tsx';
import { dayText } from '../../parts/figures.ts';
import { PageButton, PageLink, pageUrl } from '../../parts/link.tsx';
import { LoadedPage } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { Rows } from '../../parts/rows.tsx';
import { searchOf } from '../../parts/search.ts';
import { When } from '../../parts/when.tsx';
import { shellRoute } from '../../shell/shell.tsx';
import { CostOf } from '../approvals/cost.tsx';
import { askedFor, states as changeStates } from '../approvals/words.ts';
import { Actions } from '../findings/actions.tsx';
import { useFindingActs } from '../findings/acts.tsx';
import { ruleText } from '../imports/rules.ts';
import { Outcome } from '../imports/words.tsx';
import { useWrites } from '../integrations/writes.ts';
import { AskForChange } from './change.tsx';
import { Fields } from './fields.tsx';
import { History } from './history.tsx';
import { Quantity } from './quantity.tsx';
import { StatusOf } from './words.tsx';

export const subscriptionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/subscriptions/$integrationId/$subscriptionId',
  validateSearch: searchOf('events', 'event', 'fields'),
  component: SubscriptionPage,
});

function SubscriptionPage() {
  const { integrationId: id, subscriptionId } = subscriptionRoute.useParams();
  const known = useQuery(subscription(id, subscriptionId));
  const of = useQuery(integration(id));
  const source = useQuery({
    ...connection(of.data?.sourceId ?? ''),
    enabled: of.data !== undefined,
  });
  const kinds = useQuery(connectors);
  const above = [{ text: 'Subscriptions', href: pageUrl('/subscriptions', {}, { integrationId: id }) }];
  const page = { title: `Subscription ${subscriptionId}`, above };
  return (
    <LoadedPage {...page} query={of}>
      {(integration) => (
        <LoadedPage {...page} query={known}>
          {(detail) => (
            <LoadedPage {...page} query={source}>
              {({ kind }) => (
                <LoadedPage {...page} query={kinds}>
                  {({ items }) => (
                    <Shown
                      known={detail}
                      readAt={new Date(known.dataUpdatedAt).toISOString()}
                      integration={integration}
                      distributor={items.find((one) => one.kind === kind)!}
                      above={above}
                    />
                  )}
                </LoadedPage>
              )}
            </LoadedPage>
          )}
        </LoadedPage>
      )}
    </LoadedPage>
  );
}

interface ShownProps {
  known: SubscriptionDetail;
  readAt: string;
  integration: Integration;
  distributor: Connector;
  above: { text: string; href: string }[];
}

function Shown({ known, readAt, integration, distributor, above }: ShownProps) {
  const search = subscriptionRoute.useSearch();
  const navigate = useNavigate({ from: '/subscriptions/$integrationId/$subscriptionId' });
  const [asking, setAsking] = useState(false);
  const field = (name: string) => known.fields.find((one) => one.field === name)?.distributor ?? null;
  const name = valueText(field('name') ?? known.id);
  const status = String(field('status') ?? 'unknown');
  return (
    <Page
      title={name}
      description={
        <>
          Of {known.customerName ?? known.customerId}, in{' '}
          <PageLink href={pageUrl('/integrations/{id}', { id: integration.id })}>{integration.name}</PageLink>
        </>
      }
      above={above}
      actions={
        <>
          <PageButton
            href={pageUrl(
              '/subscriptions',
              {},
              { integrationId: integration.id, customerId: known.customerId },
            )}
          >
            All of this customer
          </PageButton>
          {distributor.changes.length > 0 && <Button onClick={() => setAsking(true)}>Change…</Button>}
        </>
      }
    >
      <Open integrationId={integration.id} known={known} />
      <Facts known={known} integration={integration} status={status} field={field} />
      <Changes integrationId={integration.id} subscriptionId={known.id} />
      <Quantity
        known={known}
        now={readAt}
        onEvent={(event) =>
          void navigate({ search: { ...search, events: undefined, event }, resetScroll: false })
        }
      />
      <Fields
        integrationId={integration.id}
        known={known}
        all={search.fields === 'all'}
        onAll={(all) =>
          void navigate({ search: { ...search, fields: all ? 'all' : undefined }, resetScroll: false })
        }
      />
      <History
        known={known}
        of={search.events}
        at={search.event}
        onOf={(events) =>
          void navigate({ search: { ...search, events, event: undefined }, resetScroll: false })
        }
      />
      {asking && (
        <AskForChange
          integration={integration}
          distributor={distributor}
          known={known}
          status={status}
          name={name}
          onClose={() => setAsking(false)}
        />
      )}
    </Page>
  );
}

/** What waits for a person's answer about it, to be answered here. */
function Open({ integrationId, known }: { integrationId: string; known: SubscriptionDetail }) {
  const query = useQuery(findings({ integrationId, externalId: known.id, state: 'open' }));
  const acts = useFindingActs();
  const open = query.data?.items ?? [];
  if (open.length === 0) return acts.dialog;
  return (
    <Container
      header={
        <Header variant="h2" description="The next import follows the answer.">
          To decide
        </Header>
      }
    >
      <div className="stack">
        {open.map((finding) => (
          <div key={finding.id} className="stack">
            <Box>{finding.message}</Box>
            <Actions findings={[finding]} actions={finding.actions} acts={acts} />
          </div>
        ))}
      </div>
      {acts.dialog}
    </Container>
  );
}

interface FactsProps {
  known: SubscriptionDetail;
  integration: Integration;
  status: string;
  field(name: string): unknown;
}

function Facts({ known, integration, status, field }: FactsProps) {
  const writes = useWrites(integration);
  const { customerId, customerName, clientId, clientName, licenceId, licenceActive, item, writtenAt } = known;
  const end = field('endDate');
  return (
    <Container header={<Header variant="h2">Now</Header>}>
      <div className="stack">
        {!known.listed && (
          <Alert type="warning" header="The distributor no longer lists it">
            It was missing from the last whole listing. Its licence is deactivated after a second one without
            it, at least an hour later.
          </Alert>
        )}
        <KeyValuePairs
          columns={4}
          items={[
            { label: 'Status at the distributor', value: <StatusOf status={status} /> },
            {
              label: 'Licence in the PSA',
              value: !writes ? (
                'The PSA reads it from here'
              ) : licenceId === null ? (
                <StatusIndicator type="pending">Not written</StatusIndicator>
              ) : (
                <StatusIndicator type={licenceActive ? 'success' : 'stopped'}>
                  {licenceActive ? 'Active' : 'Inactive'}
                </StatusIndicator>
              ),
            },
            { label: 'Term ends', value: end ? dayText(String(end)) : 'No end is known' },
            { label: 'Last written', value: writtenAt ? <When at={writtenAt} /> : 'Never' },
            { label: 'Subscription', value: <Copied text={known.id} of="the subscription's id" /> },
            {
              label: 'Licence',
              value: licenceId === null ? '–' : <Copied text={licenceId} of="the licence's id" />,
            },
            {
              label: 'Customer',
              value: (
                <>
                  {customerName && <div>{customerName}</div>}
                  <Copied text={customerId} of="the customer's id" />
                </>
              ),
            },
            {
              label: 'Client',
              value:
                clientId === null ? (
                  <PageLink
                    href={pageUrl(
                      '/integrations/{id}',
                      { id: integration.id },
                      { tab: 'mappings', search: customerId },
                    )}
                  >
                    Map the customer
                  </PageLink>
                ) : (
                  <>
                    {clientName && <div>{clientName}</div>}
                    <Copied text={clientId} of="the client's id" />
                  </>
                ),
            },
          ]}
        />
        <Box>
          {item ? (
            <>
              In the last import: <Outcome outcome={item.outcome as Item['outcome']} />{' '}
              <PageLink href={pageUrl('/imports/{id}', { id: item.importId }, { search: known.id })}>
                {ruleText(item.rule)}
              </PageLink>
              {item.message && `. ${item.message}`}
            </>
          ) : (
            'The last import had nothing to do for it.'
          )}
        </Box>
      </div>
    </Container>
  );
}

/** Changes requested at the distributor, newest first. */
function Changes({ integrationId, subscriptionId }: { integrationId: string; subscriptionId: string }) {
  const rows = useQuery(changesOf(integrationId, subscriptionId)).data?.items ?? [];
  if (rows.length === 0) return null;
  return (
    <Container header={<Header variant="h2">Changes at the distributor</Header>}>
      <Rows<Change>
        title="Changes at the distributor"
        rows={rows}
        idOf={({ id }) => id}
        nameOf={askedFor}
        columns={[
          { id: 'change', header: 'Change', names: true, cell: askedFor },
          {
            id: 'state',
            header: 'State',
            width: 220,
            cell: ({ state, message }) => (
              <>
                <StatusIndicator type={changeStates[state].type}>{changeStates[state].text}</StatusIndicator>
                {message && (
                  <Box variant="small" display="block">
                    {message}
                  </Box>
                )}
                {state === 'waiting' && (
                  <PageLink href={pageUrl('/approvals', {}, { integrationId })}>
                    Approve or reject it
                  </PageLink>
                )}
              </>
            ),
          },
          { id: 'cost', header: 'Cost', cell: (row) => <CostOf change={row} /> },
          {
            id: 'asked',
            header: 'Asked',
            cell: ({ askedBy, askedAt }) => (
              <>
                {askedBy}, <When at={askedAt} />
              </>
            ),
          },
          {
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
        ]}
      />
    </Container>
  );
}
