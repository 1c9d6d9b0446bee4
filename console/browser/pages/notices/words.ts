import type { StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { Delivery, Notification } from '../../api/types.ts';

/** How channels and what went over them are spoken of. */
export const channels: Record<Notification['channel'], { text: string; does: string }> = {
  webhook: { text: 'Webhook', does: 'Sends signed JSON to an address of yours.' },
  email: { text: 'E-mail', does: 'Sends plain text through your mail server.' },
  'halo-ticket': { text: 'HaloPSA ticket', does: 'Opens a ticket for each notice.' },
};

export const states: Record<Delivery['state'], { text: string; type: StatusIndicatorProps.Type }> = {
  delivered: { text: 'Delivered', type: 'success' },
  waiting: { text: 'Waiting', type: 'pending' },
  failed: { text: 'Not delivered', type: 'error' },
};

export const kinds: Record<Delivery['kind'], string> = {
  'finding.opened': 'Findings',
  'import.failed': 'Imports failed',
  'import.recovered': 'Imports work again',
  digest: 'Daily digest',
  'sync.missing': 'No sync',
  'sync.resumed': 'Syncs again',
  test: 'Test',
};

export const severities = { critical: 'Urgent only', warning: 'Urgent and soon', info: 'All' } as const;

/** What a channel is notified of, one line per rule. */
export function rulesText({ findings, failures, silence, digest }: Notification['rules']): string[] {
  const lines = [
    ...(findings
      ? [
          `Findings: ${severities[findings.severity ?? 'info'].toLowerCase()}${findings.kinds ? `, ${findings.kinds.length} kinds` : ''}${findings.money ? `, from ${findings.money.amount} ${findings.money.currency}` : ''}`,
        ]
      : []),
    ...(failures ? [`After ${failures.after} failed imports in a row`] : []),
    ...(silence ? [`After ${silence.hours} hours without a sync`] : []),
    ...(digest ? [`Digest daily at ${digest.at} (${digest.timeZone})`] : []),
  ];
  return lines.length > 0 ? lines : ['Nothing: no rule is set'];
}

export const targetOf = ({ channel, settings }: Notification): string => {
  if (channel === 'webhook') return new URL(String(settings.url)).host;
  if (channel === 'email') return (settings.to as string[]).join(', ');
  return `Client ${settings.clientId}`;
};
