import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';
import { useMakeKey } from '../../api/access.ts';
import { Problem } from '../../api/client.ts';
import type { ApiKey, NewApiKey } from '../../api/types.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { sentence } from '../../parts/schema-form.tsx';
import { scopes } from './words.ts';

type Scope = ApiKey['scopes'][number];

const lifetimes = [
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
  { value: '', label: 'Never' },
];

/** Makes a key, and shows it this once. */
export function NewKey({ onClose }: { onClose(): void }) {
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('operate');
  const [days, setDays] = useState('365');
  const make = useMakeKey();
  if (make.data) return <Made made={make.data} onClose={onClose} />;
  const refused = make.error instanceof Problem ? make.error.errors : [];
  const ofName = refused.find(({ pointer }) => pointer === '/name');
  const expiresAt = days === '' ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString();
  return (
    <Dialog
      title="Make an API key"
      action="Make the key"
      working={make.isPending}
      error={ofName ? null : make.error}
      onDo={() => make.mutate({ name, scopes: [scope], expiresAt })}
      onClose={onClose}
    >
      <FormField
        label="Name"
        description="Whose it is. Changes made with it are remembered under this name."
        errorText={ofName && sentence(ofName.detail)}
      >
        <Input value={name} autoComplete="off" onChange={({ detail }) => setName(detail.value)} />
      </FormField>
      <FormField label="What it may do">
        <RadioGroup
          value={scope}
          items={(Object.keys(scopes) as Scope[]).map((value) => ({ value, ...scopes[value] }))}
          onChange={({ detail }) => setScope(detail.value as Scope)}
        />
      </FormField>
      <FormField label="Expires">
        <Select
          selectedOption={lifetimes.find(({ value }) => value === days)!}
          options={lifetimes}
          selectedAriaLabel="Chosen"
          expandToViewport
          onChange={({ detail }) => setDays(detail.selectedOption.value!)}
        />
      </FormField>
    </Dialog>
  );
}

function Made({ made: { name, key }, onClose }: { made: NewApiKey; onClose(): void }) {
  return (
    <Modal
      visible
      header={`The key of ${name}`}
      closeAriaLabel="Close; the key is not shown again"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onClose}>
            I have kept it
          </Button>
        </Box>
      }
    >
      <div className="stack">
        <Alert type="warning">Copy it now: only its hash is stored, so it cannot be shown again.</Alert>
        <div className="secret">
          <code>{key}</code>
          <CopyToClipboard
            copyButtonText="Copy"
            copyButtonAriaLabel="Copy the key"
            textToCopy={key}
            copySuccessText="Copied"
            copyErrorText="Not copied"
          />
        </div>
      </div>
    </Modal>
  );
}
