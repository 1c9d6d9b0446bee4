import DatePicker from '@cloudscape-design/components/date-picker';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import { useMute } from '../../api/findings.ts';
import type { Finding } from '../../api/types.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { countText } from '../../parts/figures.ts';

const day = 24 * 3_600_000;
/** `YYYY-MM-DD` of the reader's calendar. */
const dateOf = (at: Date): string =>
  [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, '0')).join('-');

interface MuteDialogProps {
  findings: Finding[];
  /** Told in words. */
  onMuted(text: string): void;
  onClose(): void;
}

/** Sets findings aside until a day, with the reason that colleagues will read. */
export function MuteDialog({ findings, onMuted, onClose }: MuteDialogProps) {
  const mute = useMute();
  const [until, setUntil] = useState(() => dateOf(new Date(Date.now() + 14 * day)));
  const [reason, setReason] = useState('');
  const end = new Date(`${until}T00:00:00`);
  const valid = !Number.isNaN(end.getTime()) && end > new Date();
  const send = () =>
    mute.mutate(
      { ids: findings.map(({ id }) => id), answer: { until: end.toISOString(), reason: reason.trim() } },
      {
        onSuccess: () =>
          onMuted(`Muted until ${end.toLocaleDateString(undefined, { dateStyle: 'medium' })}.`),
      },
    );
  return (
    <Dialog
      title={findings.length === 1 ? 'Mute this finding' : `Mute ${countText(findings.length)} findings`}
      action="Mute"
      working={mute.isPending}
      disabled={!valid || reason.trim() === ''}
      error={mute.error}
      onDo={send}
      onClose={onClose}
    >
      <FormField
        label="Until"
        description="It reopens on this day if its cause persists."
        constraintText="YYYY/MM/DD"
        errorText={valid ? undefined : 'Choose a day to come.'}
      >
        <DatePicker
          value={until}
          onChange={({ detail }) => setUntil(detail.value)}
          isDateEnabled={(date) => date > new Date()}
          openCalendarAriaLabel={(chosen) => (chosen ? `Choose a day, ${chosen} is chosen` : 'Choose a day')}
          placeholder="YYYY/MM/DD"
          expandToViewport
        />
      </FormField>
      <FormField label="Reason" description="Your colleagues see it beside the finding.">
        <Input value={reason} onChange={({ detail }) => setReason(detail.value)} autoComplete="off" />
      </FormField>
    </Dialog>
  );
}
