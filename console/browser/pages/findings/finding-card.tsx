import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Finding } from '../../api/types.ts';
import { Diff, valueText } from '../../parts/diff.tsx';
import { PageLink, pageUrl } from '../../parts/link.tsx';
import { When } from '../../parts/when.tsx';
import { labelOf } from '../../parts/words.ts';
import { Actions } from './actions.tsx';
import { actionText } from './words.ts';

/** One finding with its evidence: what both sides say, since when, which import saw it, and its answers. */
export function FindingCard({ finding }: { finding: Finding }) {
  const { id, message, subject, openedAt, importId, state, mutedUntil, actions } = finding;
  const { integrationId: _, connectionId: __, values, ...facts } = subject;
  const sides = values as Record<string, { ours: unknown; theirs: unknown }> | undefined;
  const side = (name: 'ours' | 'theirs') =>
    Object.fromEntries(Object.entries(sides ?? {}).map(([field, both]) => [field, both[name]]));
  return (
    <article aria-label={message}>
      <SpaceBetween size="s">
        <p>{message}</p>
        {state === 'resolved' && <Resolved finding={finding} />}
        {state === 'muted' && mutedUntil && (
          <StatusIndicator type="stopped">
            Muted until <When at={mutedUntil} />
          </StatusIndicator>
        )}
        {sides && (
          <div>
            From the PSA’s value to the distributor’s:
            <Diff before={side('theirs')} after={side('ours')} />
          </div>
        )}
        <KeyValuePairs
          columns={2}
          items={[
            { label: 'Since', value: <When at={openedAt} /> },
            ...(importId
              ? [
                  {
                    label: 'Seen by',
                    value: <PageLink href={pageUrl('/imports/{id}', { id: importId })}>An import</PageLink>,
                  },
                ]
              : []),
            ...Object.entries(facts)
              .filter(([, value]) => value !== null && typeof value !== 'object')
              .map(([name, value]) => ({ label: labelOf(name), value: valueText(value) })),
            {
              label: 'ID',
              value: (
                <CopyToClipboard
                  variant="inline"
                  textToCopy={id}
                  copyButtonAriaLabel="Copy the finding's id"
                  copySuccessText="Copied"
                  copyErrorText="Not copied"
                />
              ),
            },
          ]}
        />
        {state !== 'resolved' && <Actions findings={[finding]} actions={actions} />}
      </SpaceBetween>
    </article>
  );
}

function Resolved({ finding: { resolution, resolvedAt } }: { finding: Finding }) {
  const { action, reason, by } = (resolution ?? {}) as {
    action?: string;
    reason?: string;
    by?: { name?: string };
  };
  return (
    <StatusIndicator type="success">
      {action ? `Decided: ${actionText(action).replace('…', '')}` : 'Gone by itself'}
      {by?.name && ` by ${by.name}`} {resolvedAt && <When at={resolvedAt} />}
      {reason && `. ${reason}`}
    </StatusIndicator>
  );
}
