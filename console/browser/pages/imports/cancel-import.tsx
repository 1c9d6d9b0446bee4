import Box from '@cloudscape-design/components/box';
import { useCancelImport } from '../../api/imports.ts';
import type { Import } from '../../api/types.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { countText } from '../../parts/figures.ts';
import { notify } from '../../shell/notices.tsx';

/** Says what stays written before it stops anything. */
export function CancelImport({ now: { id, mode, progress }, onClose }: { now: Import; onClose(): void }) {
  const cancel = useCancelImport(id);
  return (
    <Confirm
      title={mode === 'apply' ? 'Cancel this import?' : 'Cancel this preview?'}
      action={mode === 'apply' ? 'Cancel the import' : 'Cancel the preview'}
      working={cancel.isPending}
      error={cancel.error}
      onCancel={onClose}
      onConfirm={() =>
        cancel.mutate(undefined, {
          onSuccess: () => {
            notify({ type: 'success', text: 'It stops as soon as the write in progress is finished.' });
            onClose();
          },
        })
      }
    >
      <Box variant="p">
        {mode !== 'apply'
          ? 'A preview writes nothing, so nothing has to be taken back.'
          : progress.applied === 0
            ? 'Nothing has been written so far. A write in progress is finished first.'
            : `${countText(progress.applied)} of ${countText(progress.planned)} have been written and stay written. A write in progress is finished first.`}
      </Box>
    </Confirm>
  );
}
