import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { estimateOf, useAskForChange, type Wanted } from '../../api/changes.ts';
import type { ChangeEstimate, Connector, Integration, SubscriptionDetail } from '../../api/types.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { PageLink, pageUrl } from '../../parts/link.tsx';
import { Money } from '../../parts/money.tsx';
import { messageOf } from '../../parts/trouble.tsx';
import { notify } from '../../shell/notices.tsx';
import { askedFor } from '../approvals/words.ts';

interface Choice {
  id: string;
  kind: Wanted['kind'];
  label: string;
  description: string;
  autoRenew?: boolean;
  /** Offered while the subscription stands so. */
  when(status: string): boolean;
}

const alive = (status: string) => !['cancelled', 'expired', 'deleted'].includes(status);
const choices: Choice[] = [
  {
    id: 'quantity',
    kind: 'quantity',
    label: 'Seats',
    description: 'Another number of seats.',
    when: alive,
  },
  {
    id: 'renew',
    kind: 'auto-renew',
    autoRenew: true,
    label: 'Renew',
    description: 'It renews automatically when its term ends.',
    when: alive,
  },
  {
    id: 'let-end',
    kind: 'auto-renew',
    autoRenew: false,
    label: 'Let it end',
    description: 'It ends with its term.',
    when: alive,
  },
  {
    id: 'suspend',
    kind: 'suspend',
    label: 'Suspend',
    description: 'Its users cannot work with it until it is activated again.',
    when: (status) => status === 'active',
  },
  {
    id: 'activate',
    kind: 'activate',
    label: 'Activate',
    description: 'Its users can work with it again.',
    when: (status) => status !== 'active',
  },
  {
    id: 'cancel',
    kind: 'cancel',
    label: 'Cancel',
    description: 'It ends at the distributor. The rest of its term must still be paid.',
    when: alive,
  },
];

interface AskProps {
  integration: Integration;
  distributor: Connector;
  known: SubscriptionDetail;
  /** The distributor's own word. */
  status: string;
  name: string;
  onClose(): void;
}

/** Requests a change at the distributor, showing its cost first. */
export function AskForChange({ integration, distributor, known, status, name, onClose }: AskProps) {
  const offered = choices.filter(({ kind, when }) => distributor.changes.includes(kind) && when(status));
  const [chosen, setChosen] = useState(offered[0]?.id ?? '');
  const [quantity, setQuantity] = useState('');
  const ask = useAskForChange(integration.id);
  const off = integration.options.changes === 'off';
  const wanted = off
    ? null
    : wantedOf(
        offered.find(({ id }) => id === chosen),
        known.id,
        quantity,
      );
  const estimate = useQuery(estimateOf(integration.id, wanted));
  const send = () =>
    wanted &&
    ask.mutate(wanted, {
      onSuccess: (change) => {
        onClose();
        const waits = change.state === 'waiting';
        notify({
          type: 'success',
          text: `${askedFor(change)} of ${name}: ${waits ? 'asked for. It waits for approval.' : 'it is being placed.'}`,
        });
      },
    });
  return (
    <Dialog
      title={`Change ${name} at the distributor`}
      action="Ask for this change"
      working={ask.isPending}
      disabled={!wanted || !estimate.data}
      error={ask.error}
      onDo={() => void send()}
      onClose={onClose}
    >
      {off ? (
        <Alert type="info" header="This integration places no changes">
          Switch them on under “Changes at the distributor” in{' '}
          <PageLink href={pageUrl('/integrations/{id}', { id: integration.id })}>
            the options of {integration.name}
          </PageLink>
          .
        </Alert>
      ) : (
        <div className="stack">
          <FormField label="What to change">
            <RadioGroup
              value={chosen}
              items={offered.map(({ id, label, description }) => ({ value: id, label, description }))}
              onChange={({ detail }) => setChosen(detail.value)}
            />
          </FormField>
          {chosen === 'quantity' && (
            <FormField label="Seats afterwards" description="The resulting total, not the difference.">
              <Input
                value={quantity}
                inputMode="numeric"
                autoComplete="off"
                onChange={({ detail }) => setQuantity(detail.value)}
              />
            </FormField>
          )}
          <div aria-live="polite">
            {estimate.error && wanted ? (
              <Alert type="warning" header="It would be refused">
                {messageOf(estimate.error)}
              </Alert>
            ) : (
              estimate.data && wanted && <Estimated {...estimate.data} />
            )}
          </div>
        </div>
      )}
    </Dialog>
  );
}

function Estimated({ cost: { perCycle, untilTermEnd }, waitsBecause }: ChangeEstimate) {
  return (
    <div className="stack">
      <div>
        <Box variant="awsui-key-label">Cost at the distributor</Box>
        {perCycle ? (
          <div className="sums">
            <Money {...perCycle} sign="always" />
            {untilTermEnd && <Money {...untilTermEnd} sign="always" />}
          </div>
        ) : (
          'Not known, or none.'
        )}
      </div>
      <Box>{waitsBecause ?? 'It is placed at once.'} A placed order cannot be taken back here.</Box>
    </div>
  );
}

function wantedOf(choice: Choice | undefined, subscriptionId: string, quantity: string): Wanted | null {
  if (!choice) return null;
  const { kind, autoRenew } = choice;
  if (kind !== 'quantity') return { kind, subscriptionId, autoRenew };
  return /^\d{1,9}$/.test(quantity.trim()) ? { kind, subscriptionId, quantity: quantity.trim() } : null;
}
