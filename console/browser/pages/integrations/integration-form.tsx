import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { Problem } from '../../api/client.ts';
import type { Integration } from '../../api/types.ts';
import { sentence } from '../../parts/schema-form.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { OptionFields } from './option-fields.tsx';
import { changedOptions, optionValues } from './option-values.ts';

export interface IntegrationInput {
  name: string;
  options: Partial<Integration['options']>;
}

interface IntegrationFormProps {
  /** What is changed; absent for a new one. */
  known?: Integration;
  /** The destination, where Tributary writes to it. */
  writesTo: string | null;
  submit: string;
  cancel?: ReactNode;
  /** Stands between the name and the options: what a new one joins. */
  children?: ReactNode;
  /** For a new one's name, unless another is entered. */
  suggestedName?: string;
  saving: boolean;
  error: Error | null;
  onSubmit(input: IntegrationInput): void;
}

/** An integration's name and options. Used to add one and to change one. */
export function IntegrationForm({
  known,
  writesTo,
  submit,
  cancel,
  children,
  suggestedName = '',
  saving,
  error,
  onSubmit,
}: IntegrationFormProps) {
  const before = known ? optionValues(known.options) : null;
  const [name, setName] = useState(known?.name ?? '');
  const [values, setValues] = useState(before ?? optionValues());
  const form = useRef<HTMLFormElement>(null);
  const refused = error instanceof Problem ? error.errors : [];
  const errors = Object.fromEntries(
    refused.map(({ pointer, detail }) => [pointer.split('/').pop()!, sentence(detail)]),
  );

  // The first field that was refused is where the reader goes on.
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);

  // Another destination has other top levels.
  const lastDestination = useRef(writesTo);
  useEffect(() => {
    if (writesTo === lastDestination.current) return;
    lastDestination.current = writesTo;
    setValues((entered) => ({ ...entered, topLevelId: '' }));
  }, [writesTo]);

  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit({ name: name.trim() || suggestedName, options: changedOptions(before, values) });
  };
  return (
    <form ref={form} onSubmit={send} noValidate>
      <Form
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            {cancel}
            <Button variant="primary" formAction="submit" loading={saving}>
              {submit}
            </Button>
          </SpaceBetween>
        }
        errorText={error && refused.length > 0 ? 'Nothing was saved. Correct the marked fields.' : undefined}
      >
        <SpaceBetween size="l">
          {error && refused.length === 0 && <Trouble error={error} />}
          {children}
          <Container header={<Header variant="h2">Options</Header>}>
            <SpaceBetween size="l">
              <FormField label="Name" description="How your colleagues will know it." errorText={errors.name}>
                <Input
                  value={name}
                  placeholder={suggestedName}
                  autoComplete="off"
                  onChange={({ detail }) => setName(detail.value)}
                />
              </FormField>
              <OptionFields writesTo={writesTo} values={values} onChange={setValues} errors={errors} />
            </SpaceBetween>
          </Container>
        </SpaceBetween>
      </Form>
    </form>
  );
}
