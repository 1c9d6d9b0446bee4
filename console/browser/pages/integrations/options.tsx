import { useChangeIntegration } from '../../api/integrations.ts';
import type { Integration } from '../../api/types.ts';
import { notify } from '../../shell/notices.tsx';
import { IntegrationForm } from './integration-form.tsx';

/** Name and options, changed where they are shown. */
export function Options({ known, writes }: { known: Integration; writes: boolean }) {
  const change = useChangeIntegration(known);
  return (
    <IntegrationForm
      // Remounted after it was saved, here or by someone else.
      key={known.version}
      known={known}
      writesTo={writes ? known.destinationId : null}
      submit="Save the options"
      saving={change.isPending}
      error={change.error}
      onSubmit={(input) =>
        change.mutate(input, {
          onSuccess: ({ name }) =>
            notify({ type: 'success', text: `${name} was saved. The next import uses it.` }),
        })
      }
    />
  );
}
