import Box from '@cloudscape-design/components/box';
import { useGenerateMappings, useUndoBatch } from '../../api/mappings.ts';
import type { GeneratedMappings } from '../../api/types.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { countText } from '../../parts/figures.ts';
import { notify, notifyError } from '../../shell/notices.tsx';

/** Maps at once all that is beyond doubt, and says what is left. */
export function GenerateMappings({ integrationId, onClose }: { integrationId: string; onClose(): void }) {
  const generate = useGenerateMappings(integrationId);
  const undo = useUndoBatch(integrationId);
  return (
    <Confirm
      title="Map customers and clients of equal names?"
      action="Map equal names"
      working={generate.isPending}
      error={generate.error}
      onCancel={onClose}
      onConfirm={() =>
        generate.mutate(undefined, {
          onSuccess: (made) => {
            const { batchId } = made;
            notify({
              type: 'success',
              text: told(made),
              undo: batchId === null ? undefined : () => undo.mutate(batchId, { onError: notifyError }),
            });
            onClose();
          },
        })
      }
    >
      <Box variant="p">
        The destination&apos;s clients are read anew. A customer is mapped where exactly one client has
        exactly its name. What is mapped already stays as it is; where a name stands more than once, nothing
        is mapped. Each mapping can be taken back.
      </Box>
    </Confirm>
  );
}

const told = ({ generated, ambiguous, unmatched }: GeneratedMappings): string =>
  `${countText(generated)} mapped. ${countText(ambiguous)} left because their name stands more than once, ${countText(unmatched)} because no free client has their name.`;
