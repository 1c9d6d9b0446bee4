import FormField from '@cloudscape-design/components/form-field';
import RadioGroup from '@cloudscape-design/components/radio-group';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { integration } from '../../api/integrations.ts';
import type { Finding } from '../../api/types.ts';
import { ClientPicker } from '../../parts/client-picker.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Loaded } from '../../parts/loaded.tsx';

interface Client {
  id: string;
  name: string;
  inactive?: boolean;
}

const another = 'another';

interface MapDialogProps {
  finding: Finding;
  working: boolean;
  onMap(clientId: string): void;
  onClose(): void;
}

/** Which client of the PSA a customer is: one of those it was held for, or any other. */
export function MapDialog({ finding, working, onMap, onClose }: MapDialogProps) {
  const { customerName, customerId, candidates } = finding.subject as {
    customerName?: string | null;
    customerId?: string;
    candidates?: Client[];
  };
  const known = candidates ?? [];
  const of = customerName ?? `customer ${customerId}`;
  const query = useQuery(integration(finding.integrationId ?? ''));
  const [chosen, setChosen] = useState(known[0]?.id ?? another);
  const [other, setOther] = useState<Client | null>(null);
  const clientId = chosen === another ? other?.id : chosen;
  return (
    <Dialog
      title={`Map ${of} to a client`}
      action="Map to this client"
      working={working}
      disabled={!clientId}
      onDo={() => clientId && onMap(clientId)}
      onClose={onClose}
    >
      {known.length > 0 && (
        <FormField label="Which client is it?">
          <RadioGroup
            value={chosen}
            onChange={({ detail }) => setChosen(detail.value)}
            items={[
              ...known.map(({ id, name, inactive }) => ({
                value: id,
                label: name,
                description: `Client ${id}${inactive ? ', inactive' : ''}`,
              })),
              { value: another, label: 'Another one' },
            ]}
          />
        </FormField>
      )}
      {chosen === another && (
        <Loaded query={query}>
          {({ destinationId }) => (
            <FormField label="Client">
              <ClientPicker connectionId={destinationId} of={of} value={other} onChange={setOther} />
            </FormField>
          )}
        </Loaded>
      )}
    </Dialog>
  );
}
