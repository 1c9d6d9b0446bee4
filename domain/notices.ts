import type { Severity } from './findings/definition.ts';
import type { ImportKind } from './kinds.ts';
import { counted, listed, type MoneyOf, valued } from './wording.ts';

/** Notices: what is sent to people, over which channels, and by which rules. */
export const channelKinds = ['webhook', 'email', 'halo-ticket'] as const;
export type ChannelKind = (typeof channelKinds)[number];

export interface WebhookSettings {
  url: string;
}

export interface EmailSettings {
  host: string;
  port: number;
  /** `tls` from the first byte, `starttls` before anything is sent, `none` for a relay on this machine. */
  security: 'tls' | 'starttls' | 'none';
  from: string;
  to: string[];
}

export interface TicketSettings {
  connectionId: string;
  /** The client under which tickets are created. */
  clientId: string;
  ticketTypeId?: string;
  priorityId?: string;
  team?: string;
}

export type ChannelSettings = WebhookSettings | EmailSettings | TicketSettings;

/** What a channel is notified of; an absent rule is off. */
export interface NoticeRules {
  findings?: {
    /** Absent: all kinds. */
    kinds?: string[];
    /** This severity and higher. */
    severity?: Severity;
    /** The least money that findings of one cause hold per billing cycle, as a decimal. */
    money?: { amount: string; currency: string };
  };
  /** After this many failed imports of a kind in a row, and again when one succeeds. */
  failures?: { after: number };
  /** Every day at this time (`HH:MM`) in a zone, if anything waits. */
  digest?: { at: string; timeZone: string };
  /** If a scheduled integration has not synced for this many hours, and again when it does. */
  silence?: { hours: number };
  /** Absent: all integrations. */
  integrationIds?: string[];
}

/** The `type` of a payload, as Standard Webhooks calls it. */
export const noticeKinds = [
  'finding.opened',
  'import.failed',
  'import.recovered',
  'digest',
  'sync.missing',
  'sync.resumed',
  'test',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];

export const noticeStates = ['waiting', 'delivered', 'failed'] as const;
export type NoticeState = (typeof noticeStates)[number];

export interface Notice {
  kind: NoticeKind;
  /** Unique per channel, so that the same event is sent once. */
  key: string;
  integrationId: string | null;
  /** One line. */
  subject: string;
  /** The full text, in paragraphs. */
  text: string;
  /** Ids, counts and values, for programs. */
  facts: Record<string, unknown>;
}

/** One delivery attempt. */
export interface Attempt {
  at: string;
  ok: boolean;
  message: string;
  /** HTTP or SMTP status, if there was an answer. */
  status: number | null;
  ms: number;
}

export interface GroupFacts {
  kind: string;
  severity: Severity;
  integrationId: string | null;
  integrationName: string | null;
  connectionId: string | null;
  count: number;
  message: string;
  findingIds: string[];
  money: MoneyOf[];
}

const where = (name: string | null) => (name === null ? '' : ` (${name})`);

const groupLine = ({ count, message, money, integrationName }: GroupFacts) =>
  count === 1
    ? `${message}${where(integrationName)}`
    : `${counted(count, 'finding')} of one cause${valued(money)}${where(integrationName)}, the first: ${message}`;

const shown = 20;
const shownIds = 50;

export function findingsNotice(key: string, groups: GroupFacts[]): Notice {
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  const [first] = groups;
  const integrationIds = new Set(groups.map(({ integrationId }) => integrationId));
  const more = groups.length - shown;
  return {
    kind: 'finding.opened',
    key,
    integrationId: integrationIds.size === 1 ? first!.integrationId : null,
    subject: count === 1 ? clip(first!.message) : `${count} new findings need a decision`,
    text: [
      ...groups.slice(0, shown).map(groupLine),
      ...(more > 0 ? [`And ${counted(more, 'more cause')}.`] : []),
      'Open Findings in the console to decide.',
    ].join('\n\n'),
    facts: {
      count,
      groups: groups.slice(0, shown).map(({ findingIds, ...group }) => ({
        ...group,
        findingIds: findingIds.slice(0, shownIds),
      })),
    },
  };
}

export interface StreakFacts {
  integrationId: string;
  integrationName: string;
  importKind: ImportKind;
  /** The first of the consecutive failed imports. */
  firstImportId: string;
  lastImportId: string;
  count: number;
  problem: string | null;
}

export const failuresKey = ({ firstImportId }: Pick<StreakFacts, 'firstImportId'>) =>
  `import.failed:${firstImportId}`;

export const failuresNotice = (facts: StreakFacts): Notice => ({
  kind: 'import.failed',
  key: failuresKey(facts),
  integrationId: facts.integrationId,
  subject: `${counted(facts.count, `import of ${facts.importKind}`, `imports of ${facts.importKind}`)} of “${facts.integrationName}” failed${facts.count > 1 ? ' in a row' : ''}`,
  text: `${facts.problem ?? 'The import gave no reason.'}\n\nWhat was written before is kept. Open the last import in the console to see what to do.`,
  facts: { ...facts },
});

export const recoveredNotice = (
  facts: Omit<StreakFacts, 'count' | 'problem' | 'lastImportId'> & { importId: string },
): Notice => ({
  kind: 'import.recovered',
  key: `import.recovered:${facts.firstImportId}`,
  integrationId: facts.integrationId,
  subject: `The import of ${facts.importKind} of “${facts.integrationName}” works again`,
  text: `The last import of ${facts.importKind} succeeded. Nothing needs to be done.`,
  facts: { ...facts },
});

export interface SilenceFacts {
  integrationId: string;
  integrationName: string;
  /** The last success, or since when the schedule has waited for the first. */
  since: string;
  hours: number;
}

export const silenceKey = ({ integrationId, since }: Pick<SilenceFacts, 'integrationId' | 'since'>) =>
  `sync.missing:${integrationId}:${since}`;

export const silenceNotice = (facts: SilenceFacts): Notice => ({
  kind: 'sync.missing',
  key: silenceKey(facts),
  integrationId: facts.integrationId,
  subject: `“${facts.integrationName}” has not synced for ${counted(facts.hours, 'hour')}`,
  text: `The last successful sync ended at ${facts.since}. Check the schedule and the last imports of this integration; a pause set in Temporal stops it too.`,
  facts: { ...facts },
});

export const resumedNotice = (facts: SilenceFacts & { at: string }): Notice => ({
  kind: 'sync.resumed',
  key: `sync.resumed:${facts.integrationId}:${facts.since}`,
  integrationId: facts.integrationId,
  subject: `“${facts.integrationName}” syncs again`,
  text: `A sync succeeded at ${facts.at}. Nothing needs to be done.`,
  facts: { ...facts },
});

/** How much waits for a person. */
export interface DigestFacts {
  day: string;
  groups: Omit<GroupFacts, 'findingIds'>[];
  approvals: { integrationName: string; count: number; money: MoneyOf[] }[];
  failed: { integrationName: string; importKind: ImportKind; problem: string | null }[];
  tokens: { name: string; endsAt: string | null }[];
}

/** null if nothing waits. */
export function digestNotice(facts: DigestFacts): Notice | null {
  const { groups, approvals, failed, tokens } = facts;
  const findings = groups.reduce((sum, { count }) => sum + count, 0);
  const waiting = approvals.reduce((sum, { count }) => sum + count, 0);
  const parts = [
    ...(failed.length > 0 ? [counted(failed.length, 'failed import')] : []),
    ...(tokens.length > 0 ? [counted(tokens.length, 'token that ends', 'tokens that end')] : []),
    ...(waiting > 0 ? [counted(waiting, 'approval')] : []),
    ...(findings > 0 ? [counted(findings, 'finding')] : []),
  ];
  if (parts.length === 0) return null;
  const more = groups.length - shown;
  return {
    kind: 'digest',
    key: `digest:${facts.day}`,
    integrationId: null,
    subject: `Waiting for you: ${listed(parts, 4)}`,
    text: [
      ...failed.map(
        (one) =>
          `The last import of ${one.importKind} of “${one.integrationName}” failed. ${one.problem ?? ''}`,
      ),
      ...tokens.map(({ name, endsAt }) =>
        endsAt === null
          ? `“${name}” needs a new token.`
          : `The token of “${name}” expires on ${endsAt.slice(0, 10)}.`,
      ),
      ...approvals.map(
        (one) =>
          `${counted(one.count, 'change')} of “${one.integrationName}”${valued(one.money)} waiting for approval.`,
      ),
      ...groups.slice(0, shown).map((group) => groupLine({ ...group, findingIds: [] })),
      ...(more > 0 ? [`And findings of ${counted(more, 'more cause')}.`] : []),
    ].join('\n\n'),
    facts: { ...facts, groups: groups.slice(0, shown), findings, approvalsWaiting: waiting },
  };
}

export const testNotice = (id: string): Notice => ({
  kind: 'test',
  key: `test:${id}`,
  integrationId: null,
  subject: 'Test notice from Tributary',
  text: 'This notice was sent by the test button. The channel works.',
  facts: {},
});

const clip = (text: string) => (text.length > 200 ? `${text.slice(0, 199)}…` : text);

/** Identifies a notice where no other key is sent: in the summary of a ticket. */
export const referenceOf = (noticeId: string): string => `[T-${noticeId.replaceAll('-', '').slice(-10)}]`;

const minute = 60_000;

/**
 * The day of the digest that is due at an instant, in the local time of its zone: today's from its time on, else none.
 * A time skipped by daylight saving counts as soon as it has been skipped.
 */
export function digestDay({ at, timeZone }: NonNullable<NoticeRules['digest']>, now: Date): string | null {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
  }).formatToParts(now); // biome-ignore format: one call
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  const clock = `${part('hour')}:${part('minute')}`;
  // A digest missed by hours is skipped; the next day's follows.
  const late = minutesOf(clock) - minutesOf(at);
  return late >= 0 && late < 6 * 60 ? `${part('year')}-${part('month')}-${part('day')}` : null;
}

const minutesOf = (clock: string): number => {
  const [hours, minutes] = clock.split(':').map(Number);
  return hours! * 60 + minutes!;
};

/** Retry times of one notice: soon at first, then hourly, for three days. */
export const deliveryPatience = {
  firstMs: 5_000,
  coefficient: 3,
  longestMs: 60 * minute,
  wholeMs: 72 * 60 * minute,
};
