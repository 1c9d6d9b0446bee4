import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useApplyPreview } from '../../api/imports.ts';
import type { Import, Item } from '../../api/types.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { countText } from '../../parts/figures.ts';
import { Trouble } from '../../parts/trouble.tsx';
import { notify } from '../../shell/notices.tsx';

interface ApplyBarProps {
  of: Import;
  planned: Item[];
  /** null where nothing is filtered. */
  matching: Item[] | null;
  chosen: Item[];
  more: boolean;
}

/** Approves a preview: all of it, what the filter leaves, or what was chosen. Deactivations ask once, by name. */
export function ApplyBar({ of, planned, matching, chosen, more }: ApplyBarProps) {
  const navigate = useNavigate();
  const apply = useApplyPreview(of.id);
  const [asked, setAsked] = useState<Item[] | 'all' | null>(null);
  const itemsOf = (what: Item[] | 'all') => (what === 'all' ? planned : what);
  const send = (what: Item[] | 'all') =>
    apply.mutate(what === 'all' ? {} : { itemIds: what.map(({ id }) => id) }, {
      onSuccess: ({ id }) => {
        notify({
          type: 'success',
          text: 'Approved. This import writes what is still as the preview showed it.',
        });
        void navigate({ href: `/imports/${id}` });
      },
      onSettled: () => setAsked(null),
    });
  const approve = (what: Item[] | 'all') => (endings(itemsOf(what)).length > 0 ? setAsked(what) : send(what));
  const total = of.counts.created + of.counts.updated + of.counts.deactivated;
  return (
    <div className="sticky-bar">
      <Container>
        {apply.error && <Trouble error={apply.error} />}
        <div className="bar">
          <div aria-live="polite">
            {chosen.length > 0
              ? `${countText(chosen.length)} of ${countText(total)} chosen: ${summary(chosen)}`
              : total === 0
                ? 'Nothing to approve: nothing would be written.'
                : `${countText(total)} planned${more ? '' : `: ${summary(planned)}`}`}
          </div>
          <div className="actions">
            <Button disabled={chosen.length === 0 || apply.isPending} onClick={() => approve(chosen)}>
              Approve {chosen.length > 0 ? `the ${countText(chosen.length)} chosen` : 'the chosen'}
            </Button>
            {matching && (
              <Button disabled={matching.length === 0 || apply.isPending} onClick={() => approve(matching)}>
                Approve the {countText(matching.length)} that match
              </Button>
            )}
            <Button
              variant="primary"
              loading={apply.isPending}
              disabled={total === 0}
              onClick={() => approve('all')}
            >
              Approve all {countText(total)}
            </Button>
          </div>
        </div>
      </Container>
      {asked && (
        <Deactivations
          items={endings(itemsOf(asked))}
          working={apply.isPending}
          onConfirm={() => send(asked)}
          onCancel={() => setAsked(null)}
        />
      )}
    </div>
  );
}

const endings = (items: Item[]) => items.filter(({ action }) => action === 'deactivate');

function summary(items: Item[]): string {
  const count = (action: Item['action']) => items.filter((item) => item.action === action).length;
  const parts = [
    [count('create'), 'to create'],
    [count('update'), 'to change'],
    [count('deactivate'), 'to deactivate'],
  ] as const;
  return parts
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${countText(number)} ${word}`)
    .join(', ');
}

const named = 12;

function Deactivations({
  items,
  ...confirm
}: {
  items: Item[];
  working: boolean;
  onConfirm(): void;
  onCancel(): void;
}) {
  return (
    <Confirm
      {...confirm}
      title={items.length === 1 ? 'Deactivate a licence?' : `Deactivate ${countText(items.length)} licences?`}
      action="Approve and deactivate"
    >
      These are deactivated in the PSA. Nothing is deleted there, and they can be activated again:
      <ul>
        {items.slice(0, named).map(({ id, name, externalId, customerId }) => (
          <li key={id}>
            {name ?? externalId}
            {customerId && ` of customer ${customerId}`}
          </li>
        ))}
        {items.length > named && <li>and {countText(items.length - named)} more</li>}
      </ul>
    </Confirm>
  );
}
