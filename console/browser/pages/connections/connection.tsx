import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import { useQuery } from '@tanstack/react-query';
import { createRoute } from '@tanstack/react-router';
import { useState } from 'react';
import { connection, connectors, integrationsOf } from '../../api/connections.ts';
import type { Connection, Connector } from '../../api/types.ts';
import { Copied } from '../../parts/copied.tsx';
import { valueText } from '../../parts/diff.tsx';
import { PageButton, PageLink, pageUrl } from '../../parts/link.tsx';
import { Loaded, LoadedPage } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { searchOf } from '../../parts/search.ts';
import { When } from '../../parts/when.tsx';
import { labelOf } from '../../parts/words.ts';
import { shellRoute } from '../../shell/shell.tsx';
import { PossibleChanges } from './possible-changes.tsx';
import { RemoveConnection } from './remove-connection.tsx';
import { TestSteps } from './test-steps.tsx';
import { TokenCard } from './token-card.tsx';
import { roles } from './words.tsx';

export const connectionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/connections/$id',
  validateSearch: searchOf('test'),
  component: ConnectionPage,
});

function ConnectionPage() {
  const { id } = connectionRoute.useParams();
  const { test } = connectionRoute.useSearch();
  const query = useQuery(connection(id));
  const kinds = useQuery(connectors);
  return (
    <LoadedPage title="Connection" above={above} query={query}>
      {(known) => (
        <LoadedPage title={known.name} above={above} query={kinds}>
          {({ items }) => (
            <Shown
              known={known}
              connector={items.find(({ kind }) => kind === known.kind)!}
              testNow={test === 'now'}
            />
          )}
        </LoadedPage>
      )}
    </LoadedPage>
  );
}

const above = [{ text: 'Connections', href: '/connections' }];

function Shown({ known, connector, testNow }: { known: Connection; connector: Connector; testNow: boolean }) {
  const { id, name } = known;
  const [removing, setRemoving] = useState(false);
  return (
    <Page
      title={name}
      description={`${connector.name}, ${roles[known.role]?.toLowerCase()}`}
      above={above}
      actions={
        <>
          <PageButton href={pageUrl('/connections/{id}/edit', { id })}>Change</PageButton>
          <Button onClick={() => setRemoving(true)}>Delete</Button>
        </>
      }
    >
      <TestSteps connection={known} testNow={testNow} />
      {connector.auth === 'rotating' && <TokenCard connection={known} connector={connector} />}
      {connector.role === 'distributor' && <PossibleChanges connector={connector} />}
      <Facts known={known} />
      {removing && <RemoveConnection connection={known} onClose={() => setRemoving(false)} />}
    </Page>
  );
}

function Facts({ known }: { known: Connection }) {
  const used = useQuery(integrationsOf(known.id));
  return (
    <Container header={<Header variant="h2">Facts</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          { label: 'Account', value: known.identity ?? 'Not known before the first good test' },
          { label: 'Added', value: <When at={known.createdAt} /> },
          { label: 'Changed', value: <When at={known.updatedAt} /> },
          ...Object.entries(known.settings).map(([name, value]) => ({
            label: labelOf(name),
            value: valueText(value),
          })),
          {
            label: 'Used by',
            value: (
              <Loaded query={used}>
                {({ items }) =>
                  items.length === 0 ? (
                    <Box color="text-body-secondary">No integration yet</Box>
                  ) : (
                    items.map(({ id, name }) => (
                      <div key={id}>
                        <PageLink href={pageUrl('/integrations/{id}', { id })}>{name}</PageLink>
                      </div>
                    ))
                  )
                }
              </Loaded>
            ),
          },
          {
            label: 'ID',
            value: <Copied text={known.id} of="the connection's id" />,
          },
        ]}
      />
    </Container>
  );
}
