import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Problem } from '../../api/client.ts';
import { connections, connectors } from '../../api/connections.ts';
import { useAddIntegration } from '../../api/integrations.ts';
import type { Connection, Connector } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { PageButton } from '../../parts/link.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { sentence } from '../../parts/schema-form.tsx';
import { notify } from '../../shell/notices.tsx';
import { shellRoute } from '../../shell/shell.tsx';
import { systemName } from '../connections/words.tsx';
import { IntegrationForm } from './integration-form.tsx';

export const newIntegrationRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/integrations/new',
  component: NewIntegration,
});

function NewIntegration() {
  const kinds = useQuery(connectors);
  const query = useQuery(connections({ limit: 200 }));
  return (
    <Page title="Add an integration" above={[{ text: 'Integrations', href: '/integrations' }]}>
      <Loaded query={kinds}>
        {({ items: known }) => (
          <Loaded query={query}>{({ items }) => <Ends kinds={known} connections={items} />}</Loaded>
        )}
      </Loaded>
    </Page>
  );
}

function Ends({ kinds, connections: all }: { kinds: Connector[]; connections: Connection[] }) {
  const navigate = useNavigate();
  const add = useAddIntegration();
  const sources = all.filter(({ role }) => role === 'distributor');
  const destinations = all.filter(({ role }) => role === 'destination');
  const [sourceId, setSource] = useState(only(sources));
  const [destinationId, setDestination] = useState(only(destinations));
  const source = sources.find(({ id }) => id === sourceId);
  const destination = destinations.find(({ id }) => id === destinationId);
  if (sources.length === 0 || destinations.length === 0)
    return (
      <Empty
        title={sources.length === 0 ? 'No distributor yet' : 'No destination yet'}
        action={<PageButton href="/connections/new">Add a connection</PageButton>}
      >
        An integration joins a distributor to a destination. Add both connections first.
      </Empty>
    );
  const flow = kinds.find(({ kind }) => kind === destination?.kind)?.flow;
  const refused = add.error instanceof Problem ? add.error.errors : [];
  const errorOf = (field: string) => {
    const found = refused.find(({ pointer }) => pointer === `/${field}`);
    return found && sentence(found.detail);
  };
  return (
    <IntegrationForm
      writesTo={destination && flow !== 'pull' ? destination.id : null}
      submit="Add the integration"
      cancel={
        <PageButton variant="link" href="/integrations">
          Cancel
        </PageButton>
      }
      suggestedName={source && destination ? `${source.name} to ${destination.name}` : ''}
      saving={add.isPending}
      error={add.error}
      onSubmit={(input) =>
        add.mutate(
          { ...input, sourceId, destinationId },
          {
            onSuccess: ({ id, name }) => {
              notify({ type: 'success', text: `${name} was added. Nothing has been read or written yet.` });
              void navigate({ to: '/integrations/$id', params: { id }, search: {} });
            },
          },
        )
      }
    >
      <Container header={<Header variant="h2">Connections</Header>}>
        <SpaceBetween size="m">
          <End
            label="From"
            help="The distributor that customers and subscriptions come from."
            choices={sources}
            kinds={kinds}
            value={sourceId}
            error={errorOf('sourceId')}
            onChange={setSource}
          />
          <End
            label="To"
            help="The destination they go to. The two cannot be changed later."
            choices={destinations}
            kinds={kinds}
            value={destinationId}
            error={errorOf('destinationId')}
            onChange={setDestination}
          />
        </SpaceBetween>
      </Container>
    </IntegrationForm>
  );
}

/** What needs no choosing is chosen. */
const only = (choices: Connection[]): string => (choices.length === 1 ? choices[0]!.id : '');

function End({
  label,
  help,
  choices,
  kinds,
  value,
  error,
  onChange,
}: {
  label: string;
  help: string;
  choices: Connection[];
  kinds: Connector[];
  value: string;
  error: string | undefined;
  onChange(id: string): void;
}) {
  const options = choices.map(({ id, name, kind }) => ({
    value: id,
    label: name,
    description: systemName(kinds, kind),
  }));
  return (
    <FormField label={label} description={help} errorText={error && value === '' ? 'Choose one.' : error}>
      <Select
        selectedOption={options.find((option) => option.value === value) ?? null}
        options={options}
        placeholder="Choose a connection"
        selectedAriaLabel="Chosen"
        filteringType={options.length > 10 ? 'auto' : 'none'}
        filteringAriaLabel={`Search: ${label}`}
        onChange={({ detail }) => onChange(detail.selectedOption.value!)}
      />
    </FormField>
  );
}
