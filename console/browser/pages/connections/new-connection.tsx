import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { connectors, useAddConnection } from '../../api/connections.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { searchOf } from '../../parts/search.ts';
import { notify } from '../../shell/notices.tsx';
import { shellRoute } from '../../shell/shell.tsx';
import { ConnectionForm } from './connection-form.tsx';

export const newConnectionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/connections/new',
  validateSearch: searchOf('kind'),
  component: NewConnection,
});

const whatFor = {
  distributor: 'Distributor: customers and subscriptions come from here.',
  push: 'Destination: Tributary writes customers and licences here.',
  pull: 'Destination: it reads customers and subscriptions from Tributary.',
};

function NewConnection() {
  const { kind } = newConnectionRoute.useSearch();
  const navigate = useNavigate();
  const query = useQuery(connectors);
  const add = useAddConnection();
  return (
    <Page title="Add a connection" above={[{ text: 'Connections', href: '/connections' }]}>
      <Loaded query={query}>
        {({ items }) => {
          const chosen = items.find((connector) => connector.kind === kind);
          return (
            <SpaceBetween size="l">
              <Container>
                <FormField label="Which system?" stretch>
                  <Tiles
                    value={kind ?? null}
                    ariaLabel="Which system?"
                    onChange={({ detail }) => {
                      add.reset();
                      void navigate({
                        to: '/connections/new',
                        search: { kind: detail.value },
                        replace: true,
                      });
                    }}
                    items={items.map(({ kind, name, role, flow }) => ({
                      value: kind,
                      label: name,
                      description: whatFor[role === 'distributor' ? role : (flow ?? 'push')],
                    }))}
                  />
                </FormField>
              </Container>
              {chosen && (
                <ConnectionForm
                  key={chosen.kind}
                  connector={chosen}
                  submit="Add and test"
                  cancelHref="/connections"
                  saving={add.isPending}
                  error={add.error}
                  onSubmit={(input) =>
                    add.mutate(
                      { kind: chosen.kind, ...input },
                      {
                        onSuccess: ({ id, name }) => {
                          notify({ type: 'success', text: `${name} was added.` });
                          void navigate({ to: '/connections/$id', params: { id }, search: { test: 'now' } });
                        },
                      },
                    )
                  }
                />
              )}
            </SpaceBetween>
          );
        }}
      </Loaded>
    </Page>
  );
}
