import { useState } from 'react';
import { Problem } from '../../api/client.ts';
import { type Decision, findingOf, useDecide, useUndo } from '../../api/findings.ts';
import { queries } from '../../api/queries.ts';
import type { Finding } from '../../api/types.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { countText } from '../../parts/figures.ts';
import { messageOf } from '../../parts/trouble.tsx';
import { notify, notifyError } from '../../shell/notices.tsx';
import { MapDialog } from './map-dialog.tsx';
import { MuteDialog } from './mute-dialog.tsx';
import { actionText, asksFirst, decidedText, doneText } from './words.ts';

export interface FindingActs {
  /** Answers at once, or asks first where the answer needs more or takes something away. `mute` too. */
  begin(action: string, findings: Finding[]): void;
  undo(findings: Finding[]): void;
  working: boolean;
  /** Ids of those that were answered here. */
  answered: ReadonlySet<string>;
  /** What is being asked. Stands beside the list, so that a change of its form does not close it. */
  dialog: React.ReactNode;
}

/** Answers to findings, each with what takes it back. */
export function useFindingActs(): FindingActs {
  const decide = useDecide();
  const takeBack = useUndo();
  const [asked, setAsked] = useState<{ action: string; findings: Finding[] } | null>(null);
  const [answered, setAnswered] = useState<ReadonlySet<string>>(new Set());
  const close = () => setAsked(null);
  const idsOf = (findings: Finding[]) => findings.map(({ id }) => id);
  const undo = (findings: Finding[]) =>
    takeBack.mutate(
      { ids: idsOf(findings), answer: null },
      {
        onSuccess: () =>
          notify({
            type: 'success',
            text: findings.length === 1 ? 'Open again.' : `${countText(findings.length)} are open again.`,
          }),
        onError: notifyError,
      },
    );
  const done = (text: string, findings: Finding[]) => {
    close();
    setAnswered(new Set([...answered, ...idsOf(findings)]));
    notify({
      type: 'success',
      text: findings.length === 1 ? text : `${countText(findings.length)}: ${text}`,
      undo: () => undo(findings),
    });
  };
  const answer = (decision: Decision, findings: Finding[]) =>
    decide.mutate(
      { ids: idsOf(findings), answer: decision },
      {
        onSuccess: () => done(doneText(decision.action), findings),
        onError: (error) => {
          close();
          void tellRefusal(error, findings);
        },
      },
    );
  const begin = (action: string, findings: Finding[]) =>
    ['map', 'mute'].includes(action) || asksFirst(action)
      ? setAsked({ action, findings })
      : answer({ action }, findings);
  const dialog =
    asked === null ? null : asked.action === 'map' ? (
      <MapDialog
        finding={asked.findings[0]!}
        working={decide.isPending}
        onMap={(clientId) => answer({ action: 'map', clientId }, asked.findings)}
        onClose={close}
      />
    ) : asked.action === 'mute' ? (
      <MuteDialog findings={asked.findings} onMuted={(text) => done(text, asked.findings)} onClose={close} />
    ) : (
      <Confirm
        title={`${actionText(asked.action).replace('…', '')}?`}
        action={actionText(asked.action).replace('…', '')}
        working={decide.isPending}
        onConfirm={() => answer({ action: asked.action }, asked.findings)}
        onCancel={close}
      >
        {asked.findings.slice(0, named).map(({ id, message }) => (
          <p key={id}>{message}</p>
        ))}
        {asked.findings.length > named && <p>And {countText(asked.findings.length - named)} more.</p>}
        <p>The next import carries it out. Nothing is deleted in the PSA.</p>
      </Confirm>
    );
  return { begin, undo, working: decide.isPending || takeBack.isPending, answered, dialog };
}

const named = 5;

/** Where another person was faster, says who and what. */
async function tellRefusal(error: Error, findings: Finding[]): Promise<void> {
  if (error instanceof Problem && error.type === 'not-applicable')
    for (const { id } of findings) {
      const now = await queries.fetchQuery({ ...findingOf(id), staleTime: 0 }).catch(() => null);
      if (now?.state === 'resolved') {
        notify({ type: 'info', text: `Already decided. ${decidedText(now)}` });
        return;
      }
    }
  notify({ type: 'error', text: messageOf(error) });
}
