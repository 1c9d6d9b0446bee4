import type { Finding } from '../api/types.ts';
import { Status, type Statuses } from './status.tsx';

const severities: Statuses<Finding['severity']> = {
  critical: { type: 'error', text: 'Urgent' },
  warning: { type: 'warning', text: 'Soon' },
  info: { type: 'info', text: 'Note' },
};

export const Severity = ({ severity }: Pick<Finding, 'severity'>) => <Status of={severities} is={severity} />;
