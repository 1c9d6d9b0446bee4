import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type FormEvent, useState } from 'react';
import { Problem } from '../../api/client.ts';
import type { NotificationInput } from '../../api/notifications.ts';
import type { Notification } from '../../api/types.ts';
import { sentence } from '../../parts/schema-form.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { type Field, fieldsOf } from './fields.ts';
import { RuleFields } from './rule-fields.tsx';
import { TextField } from './text-field.tsx';
import { inputOf, type Values, valuesOf } from './values.ts';

interface Props {
  channel: Notification['channel'];
  known?: Notification;
  action: string;
  working: boolean;
  error: Error | null;
  onSend(input: NotificationInput): void;
}

/** A channel's target and rules. */
export function ChannelForm({ channel, known, action, working, error, onSend }: Props) {
  const [values, setValues] = useState(() => valuesOf(known));
  const refused = error instanceof Problem ? error.errors : [];
  const errorOf = (pointer: string) => {
    const found = refused.find((one) => one.pointer === pointer || one.pointer.startsWith(`${pointer}/`));
    return found && sentence(found.detail);
  };
  const set = (change: Partial<Values>) => setValues({ ...values, ...change });
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSend(inputOf(values, channel, known));
  };
  const field = (one: Field) => (
    <TextField
      key={one.name}
      field={one}
      kept={Boolean(known)}
      value={values[one.of][one.name] ?? ''}
      error={errorOf(`/${one.of}/${one.name}`)}
      onChange={(value) => set({ [one.of]: { ...values[one.of], [one.name]: value } })}
    />
  );
  return (
    <form onSubmit={send} noValidate>
      <Form
        actions={
          <Button variant="primary" formAction="submit" loading={working}>
            {action}
          </Button>
        }
        errorText={refused.length > 0 ? 'Nothing was saved. Correct the marked fields.' : undefined}
      >
        <SpaceBetween size="l">
          {error && refused.length === 0 && <Trouble error={error} />}
          <Container header={<Header variant="h2">Channel</Header>}>
            <SpaceBetween size="l">
              <TextField
                field={{
                  of: 'settings',
                  name: 'name',
                  label: 'Name',
                  says: 'What this channel is called here.',
                }}
                value={values.name}
                error={errorOf('/name')}
                onChange={(name) => set({ name })}
              />
              {fieldsOf[channel].map(field)}
              <Checkbox checked={values.enabled} onChange={({ detail }) => set({ enabled: detail.checked })}>
                Send notices over this channel
              </Checkbox>
            </SpaceBetween>
          </Container>
          <RuleFields values={values} set={set} errorOf={errorOf} />
        </SpaceBetween>
      </Form>
    </form>
  );
}
