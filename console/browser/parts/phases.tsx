import Box from '@cloudscape-design/components/box';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { countText } from './figures.ts';

export interface Phase {
  name: string;
  /** Not started, running, waiting for a reason, done. */
  state: 'ahead' | 'working' | 'waiting' | 'done';
  done: number;
  /** null if unknown. */
  total: number | null;
  /** Why it waits or what it does, in a sentence. */
  note?: string;
}

/** The phases of a long task, a bar each. Waiting looks different from working, also in words. */
export function Phases({ phases }: { phases: Phase[] }) {
  return (
    <SpaceBetween size="s">
      {phases.map((phase) => (
        <div key={phase.name} className={phase.state === 'waiting' ? 'waiting' : undefined}>
          <PhaseBar {...phase} />
        </div>
      ))}
    </SpaceBetween>
  );
}

const words = { ahead: 'not begun', working: 'working', waiting: 'waiting', done: 'done' };

function PhaseBar({ name, state, done, total, note }: Phase) {
  const counts = total === null ? countText(done) : `${countText(done)} of ${countText(total)}`;
  const label = `${name}: ${words[state]}`;
  if (state === 'ahead') return <Box color="text-body-secondary">{label}</Box>;
  if (total === null && state !== 'done')
    return (
      <div>
        <Box variant="strong">{label}</Box>
        <Box>
          {counts} so far{note && `. ${note}`}
        </Box>
      </div>
    );
  const share = state === 'done' || !total ? 100 : Math.min(100, (done / total) * 100);
  return <ProgressBar value={share} label={label} description={counts} additionalInfo={note} />;
}
