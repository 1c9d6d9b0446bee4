import Box from '@cloudscape-design/components/box';
import { useNavigate } from '@tanstack/react-router';
import { useRemoveIntegration } from '../../api/integrations.ts';
import type { Integration } from '../../api/types.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { notify } from '../../shell/notices.tsx';

/** Says what a deletion takes and what it leaves, before it is done. */
export function RemoveIntegration({ known: { id, name }, onClose }: { known: Integration; onClose(): void }) {
  const navigate = useNavigate();
  const remove = useRemoveIntegration(id);
  return (
    <Confirm
      title={`Delete ${name}?`}
      action="Delete the integration"
      working={remove.isPending}
      error={remove.error}
      onCancel={onClose}
      onConfirm={() =>
        remove.mutate(undefined, {
          onSuccess: () => {
            notify({ type: 'success', text: `${name} was deleted.` });
            void navigate({ to: '/integrations', search: {} });
          },
        })
      }
    >
      <Box variant="p">
        Its schedule goes and no import of it runs any more. Its history stays. Nothing changes at the
        distributor or the destination: clients and licences stay as they are.
      </Box>
    </Confirm>
  );
}
