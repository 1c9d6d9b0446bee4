import Big from 'big.js';
import { z } from 'zod';
import { budgetState } from '../../db/connections/call-budget.ts';
import {
  endingTokens,
  type FailedImport,
  type FindingGroup,
  failedImports,
  findingGroups,
  type Money,
  type WaitingChanges,
  waitingChanges,
} from '../../db/overview/attention.ts';
import { type IntegrationStanding, integrationStandings } from '../../db/overview/integrations.ts';
import { severities } from '../../domain/findings/definition.ts';
import { importKinds, importStates, integrationModes } from '../../domain/kinds.ts';
import { standingOf, standings, tallyOf } from '../../domain/standing.ts';
import { within } from '../../temporal/client.ts';
import { describeSchedule } from '../../temporal/schedules.ts';
import type { App, Context } from '../context.ts';
import { answers, instant } from '../schemas.ts';
import { windowOf } from './connections/call-window.ts';
import { sum } from './reconciliation.ts';

const attention = z
  .object({
    kind: z.enum(['token', 'import-failed', 'approval', 'finding']),
    severity: z.enum(severities),
    message: z.string(),
    count: z.int().describe('How many are grouped.'),
    money: z.array(sum).describe('Its value, per currency and billing cycle.'),
    deadline: instant.nullable().describe('After this time more work is needed, or it is too late.'),
    since: instant.nullable(),
    cause: z.string().nullable().describe('For findings: their common cause.'),
    integrationId: z.uuid().nullable(),
    connectionId: z.uuid().nullable(),
    importId: z.uuid().nullable(),
    findingId: z.uuid().nullable().describe('The first of them.'),
    retrying: z.boolean().describe('Another import runs already.'),
    link: z.string().describe('The console page for it.'),
    action: z
      .enum(['reauthorise', 'import', 'approve', 'resolve'])
      .describe(
        '`reauthorise`: enter a new token. `import`: start it again. `approve` or `resolve`: decide.',
      ),
    actions: z.array(z.string()).describe('For findings: the possible answers.'),
  })
  .meta({ id: 'Attention' });
export type Attention = z.output<typeof attention>;

const standing = z
  .object({
    id: z.uuid(),
    name: z.string(),
    mode: z.enum(integrationModes),
    state: z.enum(standings).describe('`drifted`: the sides differ; `held`: a person decides.'),
    paused: z.boolean().describe('Its mode or its schedule is paused.'),
    lastSync: z
      .object({ importId: z.uuid(), kind: z.enum(importKinds), state: z.enum(importStates), at: instant })
      .nullable(),
    imports: z
      .array(z.object({ id: z.uuid(), kind: z.enum(importKinds), state: z.enum(importStates), at: instant }))
      .describe('The newest ended import of each kind.'),
    running: z.array(z.object({ id: z.uuid(), kind: z.enum(importKinds), at: instant })),
    nextSync: instant.nullable(),
    counts: z.object({ inStep: z.int(), drifted: z.int(), held: z.int() }),
    openFindings: z.int(),
    calls: z
      .object({
        left: z.int(),
        limit: z.int(),
        seconds: z.int(),
        closedUntil: instant.nullable().describe('The destination asked for a pause.'),
      })
      .nullable()
      .describe("Of the destination's window."),
    token: z
      .object({
        connectionId: z.uuid(),
        state: z.enum(['ok', 'refreshing', 'reauth_required']),
        daysLeft: z.int().nullable(),
      })
      .nullable(),
  })
  .meta({ id: 'IntegrationStanding' });
export type Standing = z.output<typeof standing>;

const overview = z
  .object({
    asOf: instant,
    attention: z.array(attention).describe('By deadline, then severity, then money.'),
    integrations: z.array(standing),
  })
  .meta({ id: 'Overview' });
export type Overview = z.output<typeof overview>;

/** A token that expires within this many days is reported. */
const tokenDays = 14;
/** Kinds of findings that are already shown as tokens. */
const ofTokens = ['token-expiring', 'reauth-required'];

export function overviewRoutes(app: App, { db, temporal }: Context): void {
  app.get(
    '/overview',
    {
      config: { access: 'read' },
      schema: {
        summary: 'What a person must do now, and how each integration stands',
        tags: ['overview'],
        response: answers({ 200: overview }),
      },
    },
    async () => {
      const [tokens, failed, changes, findings, integrations] = await Promise.all([
        endingTokens(db.sql, tokenDays),
        failedImports(db.sql),
        waitingChanges(db.sql),
        findingGroups(db.sql, ofTokens),
        integrationStandings(db.sql),
      ]);
      const items = [
        ...tokens.map(ofToken),
        ...failed.map(ofFailure),
        ...changes.map(ofChanges),
        ...findings.map(ofFindings),
      ];
      return {
        asOf: new Date().toISOString(),
        attention: items.sort(urgency),
        integrations: await Promise.all(integrations.map(show)),
      };
    },
  );

  async function show(row: IntegrationStanding): Promise<Standing> {
    const { id, name, mode, last, running, openFindings, token } = row;
    const runs = row.schedule ? await runsOf(id) : null;
    const paused = mode === 'paused' || (runs?.paused ?? false);
    const counts = tallyOf(last);
    const imports = last.map(({ id, kind, state, at }) => ({ id, kind, state, at: iso(at) }));
    const newest = [...imports].sort((a, b) => b.at.localeCompare(a.at))[0];
    return {
      id,
      name,
      mode,
      state: standingOf({ running: running.length > 0, paused, last, tally: counts }),
      paused,
      lastSync: newest
        ? { importId: newest.id, kind: newest.kind, state: newest.state, at: newest.at }
        : null,
      imports,
      running: running.map(({ id, kind, at }) => ({ id, kind, at: iso(at) })),
      nextSync: runs?.nextRuns[0] ?? null,
      counts,
      openFindings,
      calls: await callsOf(row),
      token,
    };
  }

  /** Without Temporal, the page omits the next run. */
  async function runsOf(id: string) {
    return await within(temporal(), () => describeSchedule(temporal(), id), 3_000).catch(() => null);
  }

  async function callsOf({ destinationKind, destinationSettings }: IntegrationStanding) {
    const window = windowOf({ kind: destinationKind, settings: destinationSettings });
    if (!window) return null;
    const { key, calls, seconds } = window;
    const { held, closedUntil } = await budgetState(db.sql, key);
    return {
      left: Math.max(0, calls - held),
      limit: calls,
      seconds,
      closedUntil: closedUntil?.toISOString() ?? null,
    };
  }
}

const nothing = {
  count: 1, money: [], deadline: null, since: null, cause: null, integrationId: null, connectionId: null,
  importId: null, findingId: null, retrying: false, actions: [],
}; // biome-ignore format: a row

function ofToken({
  connectionId,
  name,
  state,
  problem,
  endsAt,
}: Awaited<ReturnType<typeof endingTokens>>[number]): Attention {
  const lost = state === 'reauth_required';
  return {
    ...nothing,
    kind: 'token',
    severity: lost ? 'critical' : 'warning',
    message: lost
      ? `“${name}” needs a new refresh token. Nothing is read from it until then. ${problem ?? ''}`.trim()
      : `The refresh token of “${name}” expires on ${endsAt!.toISOString().slice(0, 10)}. Renew it, or enter a new one.`,
    deadline: (lost ? new Date() : endsAt!).toISOString(),
    connectionId,
    link: `/connections/${connectionId}`,
    action: 'reauthorise',
  };
}

const ofFailure = ({
  importId,
  integrationId,
  integrationName,
  kind,
  at,
  problem,
  retrying,
}: FailedImport): Attention => ({
  ...nothing,
  kind: 'import-failed',
  severity: 'critical',
  message:
    `The last import of ${kind} of “${integrationName}” failed. ${problem ? `${problem.title}. ${problem.detail}` : ''}`.trim(),
  since: at.toISOString(),
  integrationId,
  importId,
  retrying,
  link: `/imports/${importId}`,
  action: 'import',
});

const ofChanges = ({ integrationId, integrationName, count, until, money }: WaitingChanges): Attention => ({
  ...nothing,
  kind: 'approval',
  severity: 'warning',
  message: `${count === 1 ? 'A change waits' : `${count} changes wait`} for approval at “${integrationName}”.`,
  count,
  money,
  deadline: until.toISOString(),
  integrationId,
  link: `/approvals?integrationId=${integrationId}`,
  action: 'approve',
});

function ofFindings(group: FindingGroup): Attention {
  const { kind, cause, count, integrationId, connectionId, since, message, findingId, actions } = group;
  const filter = new URLSearchParams({ kind, ...(integrationId ? { integrationId } : {}) });
  return {
    ...nothing,
    kind: 'finding',
    severity: group.severity,
    message,
    count,
    money: group.money,
    since: since.toISOString(),
    cause,
    integrationId,
    connectionId,
    findingId,
    link: `/findings?${filter}`,
    action: 'resolve',
    actions,
  };
}

const far = '9999';
/** Amounts in different currencies and cycles are not added; the largest one decides the order. */
const worth = (money: readonly Money[]) =>
  money.reduce(
    (most, { amount }) => (new Big(amount).abs().gt(most) ? new Big(amount).abs() : most),
    new Big(0),
  );

function urgency(a: Attention, b: Attention): number {
  return (
    (a.deadline ?? far).localeCompare(b.deadline ?? far) ||
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    worth(b.money).cmp(worth(a.money)) ||
    (a.since ?? far).localeCompare(b.since ?? far)
  );
}

const iso = (at: string) => new Date(at).toISOString();
