import Button from '@cloudscape-design/components/button';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Finding } from '../../api/types.ts';
import { Copied } from '../../parts/copied.tsx';
import { Diff, valueText } from '../../parts/diff.tsx';
import { PageLink, pageUrl, subscriptionUrl } from '../../parts/link.tsx';
import { When } from '../../parts/when.tsx';
import { labelOf } from '../../parts/words.ts';
import { Actions } from './actions.tsx';
import type { FindingActs } from './acts.tsx';
import { decidedByPerson, decidedText } from './words.ts';

interface FindingCardProps {
  finding: Finding;
  acts: FindingActs;
}

/** One finding with its evidence: what both sides say, since when, which import saw it, and its answers. */
export function FindingCard({ finding, acts }: FindingCardProps) {
  const { id, message, subject, openedAt, importId, state, mutedUntil, actions } = finding;
  const { integrationId: _, connectionId: __, values, externalId, ...facts } = subject;
  const sides = values as Record<string, { ours: unknown; theirs: unknown }> | undefined;
  const side = (name: 'ours' | 'theirs') =>
    Object.fromEntries(Object.entries(sides ?? {}).map(([field, both]) => [field, both[name]]));
  return (
    <article aria-label={message}>
      <SpaceBetween size="s">
        <p>{message}</p>
        {state === 'resolved' && <Resolved finding={finding} acts={acts} />}
        {state === 'muted' && mutedUntil && (
          <SpaceBetween size="xs">
            <StatusIndicator type="stopped">
              Muted until <When at={mutedUntil} />
            </StatusIndicator>
            <Button disabled={acts.working} onClick={() => acts.undo([finding])}>
              Open it now
            </Button>
          </SpaceBetween>
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
            ...(typeof externalId === 'string' && finding.integrationId
              ? [
                  {
                    label: 'Subscription',
                    value: (
                      <PageLink href={subscriptionUrl(finding.integrationId, externalId)}>
                        {externalId}
                      </PageLink>
                    ),
                  },
                ]
              : []),
            ...Object.entries(facts)
              .filter(([, value]) => value !== null && typeof value !== 'object')
              .map(([name, value]) => ({ label: labelOf(name), value: valueText(value) })),
            {
              label: 'ID',
              value: <Copied text={id} of="the finding's id" />,
            },
          ]}
        />
        {state !== 'resolved' && <Actions findings={[finding]} actions={actions} acts={acts} />}
      </SpaceBetween>
    </article>
  );
}

function Resolved({ finding, acts }: FindingCardProps) {
  return (
    <SpaceBetween size="xs">
      <StatusIndicator type="success">
        {decidedText(finding)} {finding.resolvedAt && <When at={finding.resolvedAt} />}
      </StatusIndicator>
      {decidedByPerson(finding) && (
        <Button disabled={acts.working} onClick={() => acts.undo([finding])}>
          Take the answer back
        </Button>
      )}
    </SpaceBetween>
  );
}
