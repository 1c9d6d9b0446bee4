import { counted } from '../wording.ts';
import { define, type OfConnection, perConnection } from './definition.ts';

/** Findings about a connection, or about people of one. */
export const connectionFindings = {
  'token-expiring': define<OfConnection & { connectionKind: string; until: string; daysLeft: number }>({
    severity: 'warning',
    actions: ['dismiss'],
    about: 'nothing',
    key: perConnection,
    message: (f) =>
      `The refresh token of “${f.connectionName}” expires on ${f.until.slice(0, 10)} (${counted(f.daysLeft, 'day')} left) and was not renewed. Renew it by hand or enter a new one before that day; after that only a new one works.`,
  }),

  'reauth-required': define<OfConnection & { connectionKind: string; problem: string }>({
    severity: 'critical',
    actions: ['dismiss'],
    about: 'nothing',
    key: perConnection,
    message: ({ connectionName, problem }) => `“${connectionName}”: ${problem}`,
  }),

  'agent-disabled': define<
    Pick<OfConnection, 'connectionId'> & {
      personId: string;
      personName: string;
      agentId: string;
      agentName: string | null;
    }
  >({
    severity: 'info',
    actions: ['dismiss'],
    about: 'nothing',
    key: ({ connectionId, personId }) => [connectionId, personId],
    message: ({ personName, agentId, agentName }) =>
      agentName === null
        ? `Agent ${agentId} is gone, but ${personName} is mapped to it. Map ${personName} to another agent.`
        : `Agent ${agentName} is disabled, but ${personName} is mapped to it. Map ${personName} to another agent, or enable the agent again.`,
  }),
};
