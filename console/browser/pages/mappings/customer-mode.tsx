import Select from '@cloudscape-design/components/select';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useStartImport } from '../../api/imports.ts';
import { useCustomerMode } from '../../api/mappings.ts';
import type { Mapping } from '../../api/types.ts';
import { notify, notifyError } from '../../shell/notices.tsx';
import { ApplyMode } from '../integrations/apply-mode.tsx';
import { modes } from '../integrations/words.tsx';

const options = Object.entries(modes).map(([value, { label, description }]) => ({
  value,
  label,
  description,
}));

/** How one customer is treated, beside its integration. Before it is written again, a preview shows what would be. */
export function CustomerMode({ integrationId, row }: { integrationId: string; row: Mapping }) {
  const change = useCustomerMode(integrationId);
  const start = useStartImport();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const { customerId, customerName, mode } = row;
  const set = (to: Mapping['mode']) =>
    change.mutate(
      { customerId, mode: to, seen: mode },
      {
        onSuccess: () => {
          setAsking(false);
          notify({
            type: 'success',
            text: `${customerName}: ${modes[to].label}. The next import follows it.`,
            undo: () => change.mutate({ customerId, mode, seen: to }, { onError: notifyError }),
          });
        },
        onError: notifyError,
      },
    );
  const preview = () =>
    start.mutate(
      { integrationId, kind: 'subscriptions', mode: 'preview', customerIds: [customerId] },
      { onSuccess: ({ id }) => void navigate({ href: `/imports/${id}` }), onError: notifyError },
    );
  return (
    <>
      <Select
        ariaLabel={`How ${customerName} is treated`}
        options={options}
        selectedOption={{ value: mode, label: modes[mode].label }}
        disabled={change.isPending}
        expandToViewport
        onChange={({ detail }) => {
          const to = detail.selectedOption.value as Mapping['mode'];
          if (to === 'apply' && mode !== 'apply') setAsking(true);
          else set(to);
        }}
      />
      {asking && (
        <ApplyMode
          name={customerName}
          working={change.isPending || start.isPending}
          onPreview={preview}
          onApply={() => set('apply')}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
