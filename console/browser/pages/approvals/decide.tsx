import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useDecide } from '../../api/approvals.ts';
import type { Change } from '../../api/types.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { notify } from '../../shell/notices.tsx';
import { CostOf } from './cost.tsx';
import { askedFor, subjectOf } from './words.ts';

/** Approves or rejects one change, with the reason that is kept with it. */
export function Decide({ change, approve, onClose }: { change: Change; approve: boolean; onClose(): void }) {
  const [reason, setReason] = useState('');
  const decide = useDecide();
  return (
    <Confirm
      title={approve ? 'Approve this change?' : 'Reject this change?'}
      action={approve ? 'Approve and place it' : 'Reject it'}
      working={decide.isPending}
      error={decide.error}
      onCancel={onClose}
      onConfirm={() =>
        decide.mutate(
          { id: change.id, approve, reason: reason.trim() || undefined },
          {
            onSuccess: () => {
              onClose();
              notify({
                type: 'success',
                text: `${askedFor(change)} of ${subjectOf(change)} was ${approve ? 'approved. It is being placed.' : 'rejected. Nothing was sent.'}`,
              });
            },
          },
        )
      }
    >
      <SpaceBetween size="m">
        <div>
          <Box variant="strong" display="block">
            {askedFor(change)}
          </Box>
          {subjectOf(change)}, asked by {change.askedBy}
        </div>
        <CostOf change={change} />
        <Box>
          {approve
            ? 'It is placed at the distributor at once, if the subscription is still as the asker saw it. A placed order cannot be taken back here.'
            : 'Nothing is sent to the distributor.'}
        </Box>
        <FormField
          label={
            <>
              Reason<i> – optional</i>
            </>
          }
          description="Kept with the change and in the audit log."
        >
          <Input value={reason} autoComplete="off" onChange={({ detail }) => setReason(detail.value)} />
        </FormField>
      </SpaceBetween>
    </Confirm>
  );
}
