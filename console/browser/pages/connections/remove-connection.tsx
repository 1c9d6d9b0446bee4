import Box from '@cloudscape-design/components/box';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { integrationsOf, useRemoveConnection } from '../../api/connections.ts';
import type { Connection } from '../../api/types.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { notify } from '../../shell/notices.tsx';

/** Says what a deletion would leave behind, before it is done. */
export function RemoveConnection({
  connection: { id, name },
  onClose,
}: {
  connection: Connection;
  onClose(): void;
}) {
  const navigate = useNavigate();
  const used = useQuery(integrationsOf(id)).data?.items ?? [];
  const remove = useRemoveConnection(id);
  return (
    <Confirm
      title={`Delete ${name}?`}
      action="Delete the connection"
      working={remove.isPending}
      error={remove.error}
      onCancel={onClose}
      onConfirm={() =>
        remove.mutate(undefined, {
          onSuccess: () => {
            notify({ type: 'success', text: `${name} was deleted.` });
            void navigate({ to: '/connections', search: {} });
          },
        })
      }
    >
      {used.length > 0 && (
        <Box variant="p">
          {used.length === 1 ? 'An integration uses' : `${used.length} integrations use`} this connection:{' '}
          <strong>{used.map((integration) => integration.name).join(', ')}</strong>. It can be deleted only
          after {used.length === 1 ? 'it is' : 'they are'} deleted.
        </Box>
      )}
      <Box variant="p">
        Its credentials are deleted at once. What was read from it is kept for 30 days. Nothing changes at the
        outside system: clients and licences there stay as they are.
      </Box>
    </Confirm>
  );
}
