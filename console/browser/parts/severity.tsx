import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';

const severities: Record<'critical' | 'warning' | 'info', { type: StatusIndicatorProps.Type; text: string }> =
  {
    critical: { type: 'error', text: 'Urgent' },
    warning: { type: 'warning', text: 'Soon' },
    info: { type: 'info', text: 'Note' },
  };

export function Severity({ severity }: { severity: keyof typeof severities }) {
  const { type, text } = severities[severity];
  return <StatusIndicator type={type}>{text}</StatusIndicator>;
}
