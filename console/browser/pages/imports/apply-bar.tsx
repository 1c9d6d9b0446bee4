import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { type Choice, importChoice, useApplyPreview } from '../../api/imports.ts';
import { queries } from '../../api/queries.ts';
import type { Import, ItemChoice } from '../../api/types.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { countText, moneyText } from '../../parts/figures.ts';
import { Trouble } from '../../parts/trouble.tsx';
import { notify } from '../../shell/notices.tsx';

interface ApplyBarProps {
  of: Import;
  /** null where nothing is filtered. */
  filter: Choice['filter'] | null;
  /** How many planned items the filter leaves. */
  matching: number;
  /** Ids. */
  chosen: string[];
}

/**
 * Approves a preview: all of it, what the filter leaves, or what was chosen. It says what that comes to, and asks once,
 * by name, before anything is deactivated.
 */
export function ApplyBar({ of, filter, matching, chosen }: ApplyBarProps) {
  const navigate = useNavigate();
  const apply = useApplyPreview(of.id);
  const [asked, setAsked] = useState<{ choice: Choice; comes: ItemChoice } | null>(null);
  const total = of.counts.created + of.counts.updated + of.counts.deactivated;
  const picked: Choice = { itemIds: chosen };
  const fitting: Choice = { filter: filter ?? {} };
  const told = chosen.length > 0 ? picked : filter ? fitting : {};
  const count = chosen.length > 0 ? chosen.length : filter ? matching : total;
  const { data } = useQuery({ ...importChoice(of.id, told), enabled: count > 0 });
  const send = (choice: Choice) =>
    apply.mutate(choice, {
      onSuccess: ({ id }) => {
        notify({
          type: 'success',
          text: 'Approved. This import writes the items that are still as in the preview.',
        });
        void navigate({ href: `/imports/${id}` });
      },
      onSettled: () => setAsked(null),
    });
  const approve = async (choice: Choice) => {
    const comes = await queries.fetchQuery(importChoice(of.id, choice)).catch(() => null);
    if (comes && comes.deactivate > 0) setAsked({ choice, comes });
    else send(choice);
  };
  return (
    <div className="sticky-bar">
      <Container>
        {apply.error && <Trouble error={apply.error} />}
        <div className="bar">
          <div aria-live="polite">
            {total === 0
              ? 'Nothing to approve: nothing would be written.'
              : `${countText(count)}${chosen.length > 0 ? ' chosen' : filter ? ' match' : ' planned'}${
                  data && count > 0 ? `: ${comesTo(data)}` : ''
                }`}
            {data && count > 0 && (
              <strong className="bar-money">
                {data.money.map((amount) => moneyText(amount, 'always')).join(', ')}
              </strong>
            )}
          </div>
          <div className="actions">
            {chosen.length > 0 && (
              <Button disabled={apply.isPending} onClick={() => void approve(picked)}>
                Approve the {countText(chosen.length)} chosen
              </Button>
            )}
            {filter && (
              <Button disabled={matching === 0 || apply.isPending} onClick={() => void approve(fitting)}>
                Approve the {countText(matching)} that match
              </Button>
            )}
            <Button
              variant="primary"
              loading={apply.isPending}
              disabled={total === 0}
              onClick={() => void approve({})}
            >
              Approve all {countText(total)}
            </Button>
          </div>
        </div>
      </Container>
      {asked && (
        <Deactivations
          comes={asked.comes}
          working={apply.isPending}
          onConfirm={() => send(asked.choice)}
          onCancel={() => setAsked(null)}
        />
      )}
    </div>
  );
}

function comesTo({ create, update, deactivate }: ItemChoice): string {
  const parts = [
    [create, 'to create'],
    [update, 'to change'],
    [deactivate, 'to deactivate'],
  ] as const;
  return parts
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${countText(number)} ${word}`)
    .join(', ');
}

interface DeactivationsProps {
  comes: ItemChoice;
  working: boolean;
  onConfirm(): void;
  onCancel(): void;
}

function Deactivations({ comes: { deactivate, endings }, ...confirm }: DeactivationsProps) {
  const more = deactivate - endings.length;
  return (
    <Confirm
      {...confirm}
      title={deactivate === 1 ? 'Deactivate a licence?' : `Deactivate ${countText(deactivate)} licences?`}
      action="Approve and deactivate"
    >
      These are deactivated in the PSA. Nothing is deleted there, and they can be activated again:
      <ul>
        {endings.map(({ name, externalId, customerId, customerName }) => (
          <li key={externalId}>
            {name ?? externalId}
            {customerId && ` of ${customerName ?? `customer ${customerId}`}`}
          </li>
        ))}
        {more > 0 && <li>and {countText(more)} more</li>}
      </ul>
    </Confirm>
  );
}
