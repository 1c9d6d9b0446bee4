import Button from '@cloudscape-design/components/button';
import { useState } from 'react';
import { useDecide } from '../../api/findings.ts';
import type { Finding } from '../../api/types.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { countText } from '../../parts/figures.ts';
import { notify, notifyError } from '../../shell/notices.tsx';
import { MapDialog } from './map-dialog.tsx';
import { MuteDialog } from './mute-dialog.tsx';
import { actionText, asksFirst, doneText } from './words.ts';

interface ActionsProps {
  /** Decided together, all with one answer. */
  findings: Finding[];
  actions: string[];
}

/** The answers to findings, each named by its effect. */
export function Actions({ findings, actions }: ActionsProps) {
  const decide = useDecide();
  const [open, setOpen] = useState<string | null>(null);
  const first = findings[0]!;
  const one = findings.length === 1;
  const close = () => setOpen(null);
  const labelOf = (action: string) =>
    one ? actionText(action) : `${actionText(action)}: all ${countText(findings.length)}`;
  const answer = async (action: string) => {
    try {
      for (const { id } of findings) await decide.mutateAsync({ id, action });
      notify({
        type: 'success',
        text: one ? doneText(action) : `${countText(findings.length)}: ${doneText(action)}`,
      });
      close();
    } catch (error) {
      notifyError(error as Error);
      close();
    }
  };
  const begin = (action: string) =>
    action === 'map' || asksFirst(action) ? setOpen(action) : void answer(action);
  // Whose client it is differs from one to the next.
  const offered = actions.filter((action) => one || action !== 'map');
  return (
    <div className="actions">
      {offered.map((action) => (
        <Button
          key={action}
          variant="normal"
          disabled={decide.isPending}
          onClick={() => begin(action)}
          ariaLabel={`${labelOf(action)}: ${first.message}`}
        >
          {labelOf(action)}
        </Button>
      ))}
      <Button variant="link" onClick={() => setOpen('mute')} ariaLabel={`Mute: ${first.message}`}>
        Mute…
      </Button>
      {open === 'map' && <MapDialog finding={first} onClose={close} />}
      {open === 'mute' && <MuteDialog findings={findings} onClose={close} />}
      {open && asksFirst(open) && (
        <Confirm
          title={`${actionText(open).replace('…', '')}?`}
          action={actionText(open).replace('…', '')}
          working={decide.isPending}
          onConfirm={() => void answer(open)}
          onCancel={close}
        >
          {findings.slice(0, 5).map(({ id, message }) => (
            <p key={id}>{message}</p>
          ))}
          {findings.length > 5 && <p>And {countText(findings.length - 5)} more.</p>}
          <p>The next import carries it out. Nothing is deleted in the PSA.</p>
        </Confirm>
      )}
    </div>
  );
}
