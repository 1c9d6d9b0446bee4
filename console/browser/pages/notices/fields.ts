import type { Notification } from '../../api/types.ts';

export interface Field {
  of: 'settings' | 'credentials';
  name: string;
  label: string;
  says?: string;
  optional?: boolean;
  secret?: boolean;
  choices?: { value: string; label: string }[];
  /** Chosen among the connections to HaloPSA. */
  connection?: boolean;
}

/** What a person enters for a channel of each kind. */
export const fieldsOf: Record<Notification['channel'], Field[]> = {
  webhook: [
    { of: 'settings', name: 'url', label: 'URL', says: 'Redirects are not followed.' },
    {
      of: 'credentials',
      name: 'secret',
      label: 'Signing secret',
      says: 'Begins with whsec_. Left empty, one is made and shown once.',
      optional: true,
      secret: true,
    },
  ],
  email: [
    { of: 'settings', name: 'host', label: 'Mail server' },
    { of: 'settings', name: 'port', label: 'Port' },
    {
      of: 'settings',
      name: 'security',
      label: 'Encryption',
      choices: [
        { value: 'starttls', label: 'STARTTLS (587)' },
        { value: 'tls', label: 'TLS from the first byte (465)' },
        { value: 'none', label: 'None, for a relay on this machine' },
      ],
    },
    { of: 'settings', name: 'from', label: 'From' },
    { of: 'settings', name: 'to', label: 'To', says: 'Several with a comma between them.' },
    { of: 'credentials', name: 'user', label: 'User name', optional: true },
    { of: 'credentials', name: 'password', label: 'Password', optional: true, secret: true },
  ],
  'halo-ticket': [
    { of: 'settings', name: 'connectionId', label: 'HaloPSA connection', connection: true },
    {
      of: 'settings',
      name: 'clientId',
      label: 'Client ID',
      says: 'Tickets are put under this client: your own company, for example.',
    },
    { of: 'settings', name: 'ticketTypeId', label: 'Ticket type ID', optional: true },
    { of: 'settings', name: 'priorityId', label: 'Priority ID', optional: true },
    { of: 'settings', name: 'team', label: 'Team', optional: true },
  ],
};
