import Button from '@cloudscape-design/components/button';
import { useNavigate } from '@tanstack/react-router';
import { useRetryFailed } from '../../api/imports.ts';
import type { Import } from '../../api/types.ts';
import { countText } from '../../parts/figures.ts';
import { notify, notifyError } from '../../shell/notices.tsx';
import type { Group } from './rules.ts';

/** A new import of what failed; what has changed since is left out. */
export function RetryFailed({ of, group }: { of: Import; group: Group }) {
  const navigate = useNavigate();
  const retry = useRetryFailed(of.id);
  return (
    <Button
      loading={retry.isPending}
      onClick={() =>
        retry.mutate(
          { filter: { rule: group.rule, message: group.message ?? undefined } },
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
      Try {group.count === 1 ? 'it' : `these ${countText(group.count)}`} again
    </Button>
  );
}
