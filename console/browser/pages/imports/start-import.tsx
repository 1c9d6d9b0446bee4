import FormField from '@cloudscape-design/components/form-field';
import RadioGroup from '@cloudscape-design/components/radio-group';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useStartImport, type WantedImport } from '../../api/imports.ts';
import { integration } from '../../api/integrations.ts';
import type { Import } from '../../api/types.ts';
import { CustomersPicker } from '../../parts/customers-picker.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { notify } from '../../shell/notices.tsx';
import { kinds, titleOf } from './words.tsx';

interface StartImportProps {
  integration: { id: string; name: string };
  onClose(): void;
}

const means: Record<Import['kind'], string> = {
  customers: 'Makes or finds the client of each customer, where the integration may.',
  subscriptions: 'Brings the licences of mapped clients in step with the distributor.',
};

/** Starts an import or a preview of one integration, and leads to it. */
export function StartImport({ integration: { id, name }, onClose }: StartImportProps) {
  const navigate = useNavigate();
  const start = useStartImport();
  const { data } = useQuery(integration(id));
  const rules = data?.options.mode ?? 'apply';
  const [kind, setKind] = useState<Import['kind']>('subscriptions');
  const [mode, setMode] = useState<WantedImport['mode']>('preview');
  const [whose, setWhose] = useState<'all' | 'some'>('all');
  const [customers, setCustomers] = useState<{ id: string; name: string }[]>([]);
  const begin = () =>
    start.mutate(
      {
        integrationId: id,
        kind,
        mode,
        customerIds: whose === 'some' ? customers.map((each) => each.id) : undefined,
      },
      {
        onSuccess: (started) => {
          notify({
            type: 'success',
            text: started.joined
              ? `${titleOf(started)} of ${name} runs already; here it is.`
              : `${titleOf(started)} of ${name} was started.`,
          });
          void navigate({ href: `/imports/${started.id}` });
        },
      },
    );
  return (
    <Dialog
      title={`Import of ${name}`}
      action={mode === 'preview' ? 'Start the preview' : 'Start the import'}
      working={start.isPending}
      disabled={whose === 'some' && customers.length === 0}
      error={start.error}
      onDo={begin}
      onClose={onClose}
    >
      <FormField label="What">
        <RadioGroup
          value={kind}
          onChange={({ detail }) => setKind(detail.value as Import['kind'])}
          items={(Object.keys(kinds) as Import['kind'][]).map((value) => ({
            value,
            label: kinds[value],
            description: means[value],
          }))}
        />
      </FormField>
      <FormField label="How">
        <RadioGroup
          value={mode}
          onChange={({ detail }) => setMode(detail.value as WantedImport['mode'])}
          items={[
            {
              value: 'preview',
              label: 'Preview first',
              description: 'Shows what would change. Nothing is written.',
            },
            {
              value: 'apply',
              label: 'Import at once',
              description:
                rules === 'observe'
                  ? 'This integration observes: everything is planned and reported, nothing is written.'
                  : rules === 'paused'
                    ? 'This integration is paused: only previews run.'
                    : 'Writes what differs. What needs a person is held.',
              disabled: rules === 'paused',
            },
          ]}
        />
      </FormField>
      <FormField label="Of whom">
        <RadioGroup
          value={whose}
          onChange={({ detail }) => setWhose(detail.value as 'all' | 'some')}
          items={[
            { value: 'all', label: 'All customers' },
            {
              value: 'some',
              label: 'Some customers',
              description: 'Nothing is deactivated for being absent.',
            },
          ]}
        />
      </FormField>
      {whose === 'some' && data && (
        <FormField label="Customers">
          <CustomersPicker connectionId={data.sourceId} chosen={customers} onChange={setCustomers} />
        </FormField>
      )}
    </Dialog>
  );
}
