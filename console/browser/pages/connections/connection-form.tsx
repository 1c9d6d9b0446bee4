import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Problem } from '../../api/client.ts';
import type { Connection, Connector } from '../../api/types.ts';
import { PageButton } from '../../parts/link.tsx';
import { type Entered, enteredOf, fieldsOf, valuesOf } from '../../parts/schema-fields.ts';
import { errorsOf, SchemaFields, sentence } from '../../parts/schema-form.tsx';
import { Trouble } from '../../parts/trouble.tsx';

export interface ConnectionInput {
  name: string;
  settings: Record<string, unknown>;
  credentials: Record<string, unknown>;
}

interface ConnectionFormProps {
  connector: Connector;
  /** What is changed; absent for a new one. */
  known?: Connection;
  submit: string;
  cancelHref: string;
  saving: boolean;
  error: Error | null;
  onSubmit(input: ConnectionInput): void;
}

/** A connection's name, settings and credentials, from its system's own schemas. Used to add one and to change one. */
export function ConnectionForm({
  connector,
  known,
  submit,
  cancelHref,
  saving,
  error,
  onSubmit,
}: ConnectionFormProps) {
  const before = enteredOf(known?.settings ?? {});
  const [name, setName] = useState(known?.name ?? '');
  const [settings, setSettings] = useState<Entered>(before);
  const [credentials, setCredentials] = useState<Entered>({});
  const form = useRef<HTMLFormElement>(null);
  const refused = error instanceof Problem ? error.errors : [];
  const nameError = refused.find(({ pointer }) => pointer === '/name')?.detail;
  const settingFields = fieldsOf(connector.settings);
  const credentialFields = fieldsOf(connector.credentials);

  // The first field that was refused is where the reader goes on.
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);

  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit({
      name: name.trim() || connector.name,
      settings: valuesOf(settingFields, settings, before),
      credentials: valuesOf(credentialFields, credentials),
    });
  };
  return (
    <form ref={form} onSubmit={send} noValidate>
      <Form
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <PageButton variant="link" href={cancelHref}>
              Cancel
            </PageButton>
            <Button variant="primary" formAction="submit" loading={saving}>
              {submit}
            </Button>
          </SpaceBetween>
        }
        errorText={error && refused.length > 0 ? 'Nothing was saved. Correct the marked fields.' : undefined}
      >
        <SpaceBetween size="l">
          {error && refused.length === 0 && <Trouble error={error} />}
          <Container header={<Header variant="h2">{connector.name}</Header>}>
            <SpaceBetween size="m">
              <FormField
                label="Name"
                description="How your colleagues will know it: the account, the country, the company."
                errorText={nameError && sentence(nameError)}
              >
                <Input
                  value={name}
                  placeholder={connector.name}
                  onChange={({ detail }) => setName(detail.value)}
                  autoComplete="off"
                />
              </FormField>
              <SchemaFields
                fields={settingFields}
                entered={settings}
                onChange={setSettings}
                errors={errorsOf(refused, 'settings')}
              />
            </SpaceBetween>
          </Container>
          <Container
            header={
              <Header variant="h2" description="Sealed before they are stored. They are never shown again.">
                Credentials
              </Header>
            }
          >
            <SchemaFields
              fields={credentialFields}
              entered={credentials}
              onChange={setCredentials}
              errors={errorsOf(refused, 'credentials')}
              stored={known !== undefined}
            />
          </Container>
        </SpaceBetween>
      </Form>
    </form>
  );
}
