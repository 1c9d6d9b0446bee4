import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Problem } from '../../api/client.ts';
import { token, useChangeConnection, useRefreshToken } from '../../api/connections.ts';
import type { Connection, Connector, Token } from '../../api/types.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { type Entered, fieldsOf, valuesOf } from '../../parts/schema-fields.ts';
import { errorsOf, SchemaFields } from '../../parts/schema-form.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { When } from '../../parts/when.tsx';
import { notify, notifyError } from '../../shell/notices.tsx';
import { TokenState } from './words.tsx';

/** A token that each use replaces: how long it lasts, and a new one entered where its end is seen. */
export function TokenCard({ connection, connector }: { connection: Connection; connector: Connector }) {
  const query = useQuery({ ...token(connection.id), refetchInterval: 5_000 });
  const refresh = useRefreshToken(connection.id);
  const renew = () =>
    refresh.mutate(undefined, {
      onSuccess: () => notify({ type: 'info', text: `The token of ${connection.name} is being renewed.` }),
      onError: notifyError,
    });
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button
              onClick={renew}
              loading={refresh.isPending}
              disabled={query.data?.state === 'reauth_required'}
            >
              Renew now
            </Button>
          }
        >
          Token
        </Header>
      }
    >
      <Loaded query={query}>
        {(now) => (
          <SpaceBetween size="m">
            {now.state === 'reauth_required' && (
              <Alert type="error" header="A new token must be entered">
                {connector.name} no longer accepts the token. Imports and schedules that use {connection.name}{' '}
                wait; nothing that was read is lost. Enter a new one below and they go on.
              </Alert>
            )}
            <KeyValuePairs
              columns={3}
              items={[
                { label: 'State', value: <TokenState token={now} /> },
                { label: 'Last renewed', value: now.lastRotatedAt ? <When at={now.lastRotatedAt} /> : '–' },
                { label: 'Ends', value: <Ends token={now} /> },
              ]}
            />
            <ExpandableSection
              headerText="Re-authorise"
              headerDescription="Enter a new token. When it lapses, imports of this connection wait until you do."
              defaultExpanded={now.state === 'reauth_required'}
              key={now.state}
            >
              <Reauthorise connection={connection} connector={connector} />
            </ExpandableSection>
          </SpaceBetween>
        )}
      </Loaded>
    </Container>
  );
}

function Ends({ token: { state, refreshExpiresAt } }: { token: Token }) {
  if (state === 'reauth_required') return 'No longer accepted';
  return refreshExpiresAt ? <When at={refreshExpiresAt} /> : '–';
}

function Reauthorise({ connection, connector }: { connection: Connection; connector: Connector }) {
  const [entered, setEntered] = useState<Entered>({});
  const change = useChangeConnection(connection);
  const fields = fieldsOf(connector.credentials);
  const refused = change.error instanceof Problem ? change.error.errors : [];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(
      { credentials: valuesOf(fields, entered) },
      {
        onSuccess: () => {
          setEntered({});
          notify({
            type: 'success',
            text: `${connection.name} has a new token. Waiting imports continue.`,
          });
        },
      },
    );
  };
  return (
    <form onSubmit={submit} noValidate>
      <SpaceBetween size="m">
        {change.error && refused.length === 0 && <Trouble error={change.error} />}
        <SchemaFields
          fields={fields}
          entered={entered}
          onChange={setEntered}
          errors={errorsOf(refused, 'credentials')}
        />
        <Button
          variant="primary"
          formAction="submit"
          loading={change.isPending}
          disabled={Object.keys(valuesOf(fields, entered)).length === 0}
        >
          Save the new token
        </Button>
      </SpaceBetween>
    </form>
  );
}
