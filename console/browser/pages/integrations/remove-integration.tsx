import Box from '@cloudscape-design/components/box';
import { useRemoveIntegration } from '../../api/integrations.ts';
import type { Integration } from '../../api/types.ts';
import { Remove } from '../../parts/remove.tsx';

interface RemoveIntegrationProps {
  known: Integration;
  onClose(): void;
}

export function RemoveIntegration({ known: { id, name }, onClose }: RemoveIntegrationProps) {
  return (
    <Remove
      name={name}
      what="integration"
      mutation={useRemoveIntegration(id)}
      to="/integrations"
      onClose={onClose}
    >
      <Box variant="p">
        Its schedule goes and no import of it runs any more. Its history stays. Nothing changes at the
        distributor or the destination: clients and licences stay as they are.
      </Box>
    </Remove>
  );
}
