import Button from '@cloudscape-design/components/button';
import { useNavigate } from '@tanstack/react-router';
import { useStartImport } from '../../api/imports.ts';
import type { Import, Item } from '../../api/types.ts';
import { countText } from '../../parts/figures.ts';
import { notify, notifyError } from '../../shell/notices.tsx';

/** A new import of the customers whose items failed; what is in step by now is not written again. */
export function RetryFailed({ of, items }: { of: Import; items: Item[] }) {
  const navigate = useNavigate();
  const start = useStartImport();
  const customerIds = [...new Set(items.map(({ customerId, externalId }) => customerId ?? externalId))];
  const { kind, integrationId, mode } = of;
  return (
    <Button
      loading={start.isPending}
      onClick={() =>
        start.mutate(
          { integrationId, kind, mode: mode === 'preview' ? mode : 'apply', customerIds },
          {
            onSuccess: ({ id }) => {
              notify({ type: 'success', text: 'A new import tries them again.' });
              void navigate({ href: `/imports/${id}` });
            },
            onError: notifyError,
          },
        )
      }
    >
      Try {items.length === 1 ? 'it' : `these ${countText(items.length)}`} again
    </Button>
  );
}
