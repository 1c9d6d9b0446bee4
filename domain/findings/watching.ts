import { counted } from '../wording.ts';
import { define, type OfIntegration, perIntegration } from './definition.ts';

/** Findings about Tributary's own work: its schedules and its notices. */
export const watchingFindings = {
  'notices-undelivered': define<{
    channelId: string;
    channelName: string;
    noticeId: string;
    /** The notice's subject. */
    subject: string;
    problem: string;
  }>({
    severity: 'critical',
    actions: ['dismiss'],
    about: 'nothing',
    key: ({ channelId }) => [channelId],
    message: (f) =>
      `Channel “${f.channelName}” did not accept the notice “${f.subject}”, and no more attempts are made: ${f.problem} Correct the channel under Notices and test it.`,
  }),

  'sync-missed': define<
    OfIntegration & {
      integration: string;
      at: string;
      runs: number;
      reason: 'away' | 'overlap';
    }
  >({
    severity: 'warning',
    actions: ['dismiss'],
    about: 'nothing',
    key: perIntegration,
    message: (f) =>
      f.reason === 'overlap'
        ? `“${f.integration}” did not sync at ${f.at}, because the previous sync was still running. Set a longer interval, or check why its imports take so long.`
        : `“${f.integration}” did not sync at ${f.at}${f.runs > 1 ? ` (${counted(f.runs, 'run')} missed)` : ''}: Tributary or Temporal was not running at that time. The next scheduled sync brings everything up to date.`,
  }),
};
