import Button from '@cloudscape-design/components/button';
import type { Finding } from '../../api/types.ts';
import { countText } from '../../parts/figures.ts';
import type { FindingActs } from './acts.tsx';
import { actionText } from './words.ts';

interface ActionsProps {
  /** Decided together, all with one answer. */
  findings: Finding[];
  actions: string[];
  acts: FindingActs;
}

/** The answers to findings, each named by its effect. */
export function Actions({ findings, actions, acts }: ActionsProps) {
  const first = findings[0]!;
  const one = findings.length === 1;
  const labelOf = (action: string) =>
    one ? actionText(action) : `${actionText(action)}: all ${countText(findings.length)}`;
  // Whose client it is differs from one to the next.
  const offered = actions.filter((action) => one || action !== 'map');
  return (
    <div className="actions">
      {offered.map((action) => (
        <Button
          key={action}
          disabled={acts.working}
          onClick={() => acts.begin(action, findings)}
          ariaLabel={`${labelOf(action)}: ${first.message}`}
        >
          {labelOf(action)}
        </Button>
      ))}
      <Button
        disabled={acts.working}
        onClick={() => acts.begin('mute', findings)}
        ariaLabel={`Mute: ${first.message}`}
      >
        Mute…
      </Button>
    </div>
  );
}
