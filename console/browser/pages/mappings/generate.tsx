import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import { useEffect } from 'react';
import { useGenerateMappings, useUndoBatch } from '../../api/mappings.ts';
import type { GeneratedMappings } from '../../api/types.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { countText } from '../../parts/figures.ts';
import { Reading } from '../../parts/loaded.tsx';
import { notify, notifyError } from '../../shell/notices.tsx';

/** Maps at once all that is beyond doubt: first what would be mapped, then, once said, all of it. */
export function GenerateMappings({ integrationId, onClose }: { integrationId: string; onClose(): void }) {
  const look = useGenerateMappings(integrationId);
  const generate = useGenerateMappings(integrationId);
  const undo = useUndoBatch(integrationId);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, as it opens
  useEffect(() => look.mutate(true), []);
  const found = look.data;
  return (
    <Dialog
      title="Map customers and clients of equal names"
      action={found ? `Map ${countText(found.generated)}` : 'Map'}
      working={generate.isPending}
      disabled={!found || found.generated === 0}
      error={look.error ?? generate.error}
      onClose={onClose}
      onDo={() =>
        generate.mutate(false, {
          onSuccess: (made) => {
            const { batchId, generated } = made;
            notify({
              type: 'success',
              text: `${countText(generated)} mapped. ${rest(made)}`,
              undo: batchId === null ? undefined : () => undo.mutate(batchId, { onError: notifyError }),
            });
            onClose();
          },
        })
      }
    >
      <Box variant="p">
        Reads the destination’s clients again. A customer is mapped if exactly one client has exactly its
        name. Existing mappings stay unchanged.
      </Box>
      {found ? <Found found={found} /> : !look.error && <Reading />}
    </Dialog>
  );
}

const listed = 10;

function Found({ found }: { found: GeneratedMappings }) {
  const certain = (found.items ?? []).filter(({ clientId }) => clientId !== null);
  return (
    <>
      {found.generated === 0 ? (
        <Alert type="info">No customer without a client has exactly the name of one free client.</Alert>
      ) : (
        <div>
          <strong>{countText(found.generated)} would be mapped</strong>
          <ul>
            {certain.slice(0, listed).map(({ customerId, customerName, clientId }) => (
              <li key={customerId}>
                {customerName} → client {clientId}
              </li>
            ))}
            {certain.length > listed && <li>and {countText(certain.length - listed)} more</li>}
          </ul>
        </div>
      )}
      <Box color="text-body-secondary">{rest(found)}</Box>
    </>
  );
}

const rest = ({ ambiguous, unmatched }: GeneratedMappings): string =>
  [
    ambiguous > 0 && `${countText(ambiguous)} left out because their name is not unique.`,
    unmatched > 0 && `${countText(unmatched)} left out because no free client has their name.`,
  ]
    .filter(Boolean)
    .join(' ');
