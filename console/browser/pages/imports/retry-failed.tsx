import Button from '@cloudscape-design/components/button';
import { useNavigate } from '@tanstack/react-router';
import { useRetryFailed } from '../../api/imports.ts';
import type { Import, Item } from '../../api/types.ts';
import { countText } from '../../parts/figures.ts';
import { notify, notifyError } from '../../shell/notices.tsx';

/** A new import of what failed; what has changed since is left out. */
export function RetryFailed({ of, items }: { of: Import; items: Item[] }) {
  const navigate = useNavigate();
  const retry = useRetryFailed(of.id);
  return (
    <Button
      loading={retry.isPending}
      onClick={() =>
        retry.mutate(
          { itemIds: items.map(({ id }) => id) },
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
