import { define } from './definition.ts';

export interface ChangeFacts {
  integrationId: string;
  connectionId: string;
  changeId: string;
  customerId: string | null;
  subscriptionId: string | null;
  wanted: unknown;
  base: unknown;
  entity: 'change';
  /** What happened, as a sentence that names the change. */
  said: string;
}

const key = (f: ChangeFacts) => [f.connectionId, f.subscriptionId ?? f.changeId];

/** Findings about a change placed at the distributor. */
export const changeFindings = {
  'change-failed': define<ChangeFacts>({
    severity: 'warning',
    actions: ['dismiss'],
    about: 'nothing',
    key,
    message: ({ said }) => said,
  }),
  'change-ambiguous': define<ChangeFacts>({
    severity: 'critical',
    actions: ['dismiss'],
    about: 'nothing',
    key,
    message: ({ said }) => said,
  }),
};
