import { counted } from '../wording.ts';
import { define, type OfIntegration, perIntegration } from './definition.ts';

/** Findings about what Tributary does by itself: its schedules and its notices. */
export const watchingFindings = {
  'notices-undelivered': define<{
    channelId: string;
    channelName: string;
    noticeId: string;
    /** Of the notice. */
    subject: string;
    problem: string;
  }>({
    severity: 'critical',
    actions: ['dismiss'],
    about: 'nothing',
    key: ({ channelId }) => [channelId],
    message: (f) =>
      `Channel “${f.channelName}” did not take the notice “${f.subject}”, and no more tries are made: ${f.problem} Correct the channel under Notices and test it.`,
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
        ? `“${f.integration}” did not sync at ${f.at}, because the sync before was still running. Set a longer interval, or look at why its imports take so long.`
        : `“${f.integration}” did not sync at ${f.at}${f.runs > 1 ? ` (${counted(f.runs, 'run')} missed)` : ''}: Tributary or Temporal was not running then. The next scheduled sync brings everything up to date.`,
  }),
};
