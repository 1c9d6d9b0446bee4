import Box from '@cloudscape-design/components/box';
import { useQuery } from '@tanstack/react-query';
import { integrationsOf, useRemoveConnection } from '../../api/connections.ts';
import type { Connection } from '../../api/types.ts';
import { Remove } from '../../parts/remove.tsx';

interface RemoveConnectionProps {
  connection: Connection;
  onClose(): void;
}

export function RemoveConnection({ connection: { id, name }, onClose }: RemoveConnectionProps) {
  const used = useQuery(integrationsOf(id)).data?.items ?? [];
  return (
    <Remove
      name={name}
      what="connection"
      mutation={useRemoveConnection(id)}
      to="/connections"
      onClose={onClose}
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
    </Remove>
  );
}
