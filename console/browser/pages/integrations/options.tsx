import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useStartImport } from '../../api/imports.ts';
import { useChangeIntegration } from '../../api/integrations.ts';
import type { Integration } from '../../api/types.ts';
import { notify, notifyError } from '../../shell/notices.tsx';
import { ApplyMode } from './apply-mode.tsx';
import { IntegrationForm, type IntegrationInput } from './integration-form.tsx';

/** Name and options, changed where they are shown. What was watched is written only after a look at a preview. */
export function Options({ known, writes }: { known: Integration; writes: boolean }) {
  const change = useChangeIntegration(known);
  const start = useStartImport();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<IntegrationInput | null>(null);
  const save = (input: IntegrationInput) =>
    change.mutate(input, {
      onSuccess: ({ name }) => {
        setAsked(null);
        notify({ type: 'success', text: `${name} was saved. The next import uses it.` });
      },
      onError: () => setAsked(null),
    });
  const preview = () =>
    start.mutate(
      { integrationId: known.id, kind: 'subscriptions', mode: 'preview' },
      { onSuccess: ({ id }) => void navigate({ href: `/imports/${id}` }), onError: notifyError },
    );
  return (
    <>
      <IntegrationForm
        // Remounted after it was saved, here or by someone else.
        key={known.version}
        known={known}
        writesTo={writes ? known.destinationId : null}
        submit="Save the options"
        saving={change.isPending}
        error={change.error}
        onSubmit={(input) => (writes && input.options.mode === 'apply' ? setAsked(input) : save(input))}
      />
      {asked && (
        <ApplyMode
          name={known.name}
          working={change.isPending || start.isPending}
          onPreview={preview}
          onApply={() => save(asked)}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}
