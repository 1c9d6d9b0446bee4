import Big from 'big.js';
import { severities } from '../../domain/findings/definition.ts';
import {
  type DigestFacts,
  digestDay,
  digestNotice,
  failuresNotice,
  findingsNotice,
  type GroupFacts,
  type Notice,
  type NoticeRules,
  recoveredNotice,
  resumedNotice,
  type SilenceFacts,
  type StreakFacts,
  silenceNotice,
} from '../../domain/notices.ts';
import type { Sql } from '../client.ts';
import { endingTokens, failedImports, findingGroups, waitingChanges } from '../overview/attention.ts';
import { inIds, type Queryable } from '../sql.ts';
import type { ChannelRow } from './channels.ts';
import { addNotice } from './notices.ts';

type Channel = Pick<ChannelRow, 'id' | 'rules' | 'since'>;

/** Creates the notices that a channel's rules require, each event once; they are sent later. */
export async function writeNotices(sql: Sql, channel: Channel, now: Date): Promise<void> {
  await tellFindings(sql, channel);
  const notices = [
    ...(await failures(sql, channel)),
    ...(await recoveries(sql, channel)),
    ...(await silences(sql, channel)),
    ...(await digests(sql, channel, now)),
  ];
  for (const notice of notices) await addNotice(sql, channel.id, notice);
}

const ofIntegrations = (sql: Queryable, column: string, { integrationIds }: NoticeRules) =>
  integrationIds ? sql`and ${sql(column)} in ${inIds(sql, integrationIds, 'uuid')}` : sql``;

// --- Findings ------------------------------------------------------------------------------------------------

/** Open findings the channel was not notified of; those of one round go into one notice. */
async function tellFindings(sql: Sql, { id, rules, since }: Channel): Promise<void> {
  const rule = rules.findings;
  if (!rule) return;
  const grave = severities.slice(0, severities.indexOf(rule.severity ?? 'info') + 1);
  const fresh = sql`f.opened_at >= ${since}
    and f.severity in ${inIds(sql, grave)} ${rule.kinds ? sql`and f.kind in ${inIds(sql, rule.kinds)}` : sql``}
    ${ofIntegrations(sql, 'f.integration_id', rules)}
    -- That this channel fails is told over the others.
    and not (f.kind = 'notices-undelivered' and f.subject ->> 'channelId' = ${id})
    and not exists (select 1 from noticed_findings t where t.channel_id = ${id} and t.finding_id = f.id and t.opened_at = f.opened_at)`;
  const [any] = await sql`select 1 from findings f where f.state <> 'resolved' and ${fresh} limit 1`;
  if (!any) return;
  const groups = (await findingGroups(sql, [], fresh)).filter((group) => holds(group, rule.money));
  if (groups.length === 0) return;
  await sql.begin(async (tx) => {
    const told = await tx<{ findingId: string; openedAt: string }[]>`
      insert into noticed_findings (channel_id, finding_id, opened_at)
      select ${id}, f.id, f.opened_at from findings f
      where f.id in ${inIds(
        tx,
        groups.flatMap(({ findingIds }) => findingIds),
        'uuid',
      )} and f.state <> 'resolved'
      on conflict do nothing returning finding_id as "findingId", opened_at::text as "openedAt"`;
    const last = told
      .map(({ findingId, openedAt }) => `${openedAt}/${findingId}`)
      .sort()
      .at(-1);
    if (last) await addNotice(tx, id, findingsNotice(`finding.opened:${last}`, groups.map(factsOf)));
  });
}

const factsOf = (group: GroupFacts): GroupFacts => {
  const { kind, severity, integrationId, integrationName, connectionId, count, message, findingIds, money } =
    group;
  return { kind, severity, integrationId, integrationName, connectionId, count, message, findingIds, money };
};

const holds = (
  { money }: Pick<GroupFacts, 'money'>,
  least: NonNullable<NoticeRules['findings']>['money'],
): boolean =>
  !least ||
  money.some(({ amount, currency }) => currency === least.currency && new Big(amount).gte(least.amount));

// --- Imports -------------------------------------------------------------------------------------------------

/** The current run of consecutive failed imports of a kind, without previews. Ids rise with time. */
async function failures(sql: Sql, { rules, since }: Channel): Promise<Notice[]> {
  if (!rules.failures) return [];
  const rows = await sql<StreakFacts[]>`
    select n.id as "integrationId", n.name as "integrationName", f.kind as "importKind", count(*)::int as count,
      (array_agg(f.id order by f.id))[1] as "firstImportId", (array_agg(f.id order by f.id desc))[1] as "lastImportId",
      (array_agg(f.problem ->> 'detail' order by f.id desc))[1] as problem
    from integrations n join imports f on f.integration_id = n.id and f.mode <> 'preview' and f.state = 'failed'
    where n.deleted_at is null ${ofIntegrations(sql, 'n.id', rules)}
      and not exists (select 1 from imports g where g.integration_id = n.id and g.kind = f.kind and g.mode <> 'preview'
        and g.state not in ('running', 'failed', 'cancelled') and g.id > f.id)
    group by n.id, n.name, f.kind
    having count(*) >= ${rules.failures.after} and max(f.finished_at) >= ${since}`;
  return rows.map(failuresNotice);
}

async function recoveries(sql: Sql, { id, rules }: Channel): Promise<Notice[]> {
  if (!rules.failures) return [];
  const rows = await sql<Parameters<typeof recoveredNotice>[0][]>`
    select i.id as "integrationId", i.name as "integrationName", n.facts ->> 'importKind' as "importKind",
      n.facts ->> 'firstImportId' as "firstImportId", g.id as "importId"
    from notices n join integrations i on i.id = n.integration_id and i.deleted_at is null
    cross join lateral (
      select g.id from imports g where g.integration_id = i.id and g.kind = n.facts ->> 'importKind' and g.mode <> 'preview'
        and g.state not in ('running', 'failed', 'cancelled') and g.id > (n.facts ->> 'lastImportId')::uuid
      order by g.id limit 1
    ) g
    where n.channel_id = ${id} and n.kind = 'import.failed'
      and not exists (select 1 from notices r where r.channel_id = ${id} and r.key = 'import.recovered:' || (n.facts ->> 'firstImportId'))`;
  return rows.map(recoveredNotice);
}

// --- Silence -------------------------------------------------------------------------------------------------

/** The last success of a scheduled kind, or since when it has been expected. */
const lastSuccesses = (sql: Sql, rules: NoticeRules) => sql`
  select n.id, n.name, min(coalesce(ok.at, n.scheduled_at, n.updated_at)) as since
  from integrations n
  cross join unnest(array['customers', 'subscriptions']) k(kind)
  left join lateral (
    select g.finished_at as at from imports g where g.integration_id = n.id and g.kind = k.kind and g.mode <> 'preview'
      and g.state not in ('running', 'failed', 'cancelled') order by g.id desc limit 1
  ) ok on true
  where n.deleted_at is null and (n.schedule ->> k.kind)::boolean and coalesce(n.options ->> 'mode', 'apply') <> 'paused'
    and not coalesce((n.schedule_seen ->> 'paused')::boolean, false) ${ofIntegrations(sql, 'n.id', rules)}
  group by n.id, n.name`;

async function silences(sql: Sql, { id, rules }: Channel): Promise<Notice[]> {
  if (!rules.silence) return [];
  const { hours } = rules.silence;
  const silent = await sql<{ id: string; name: string; since: Date }[]>`
    select * from (${lastSuccesses(sql, rules)}) s where s.since < now() - make_interval(hours => ${hours})`;
  const resumed = await sql<{ facts: SilenceFacts; at: Date }[]>`
    select n.facts, s.since as at from notices n join (${lastSuccesses(sql, rules)}) s on s.id = n.integration_id
    where n.channel_id = ${id} and n.kind = 'sync.missing' and s.since > (n.facts ->> 'since')::timestamptz
      and s.since >= now() - make_interval(hours => ${hours})
      and not exists (select 1 from notices r where r.channel_id = ${id} and r.key = 'sync.resumed' || substr(n.key, length('sync.missing') + 1))`;
  return [
    ...silent.map((row) =>
      silenceNotice({
        integrationId: row.id,
        integrationName: row.name,
        since: row.since.toISOString(),
        hours,
      }),
    ),
    ...resumed.map(({ facts, at }) => resumedNotice({ ...facts, at: at.toISOString() })),
  ];
}

// --- Digest --------------------------------------------------------------------------------------------------

async function digests(sql: Sql, { id, rules, since }: Channel, now: Date): Promise<Notice[]> {
  const day = rules.digest && digestDay(rules.digest, now);
  if (!day || day === digestDay(rules.digest!, since)) return [];
  const [told] = await sql`select 1 from notices where channel_id = ${id} and key = ${`digest:${day}`}`;
  if (told) return [];
  const notice = digestNotice(await waiting(sql, day, rules));
  return notice ? [notice] : [];
}

async function waiting(sql: Sql, day: string, { integrationIds }: NoticeRules): Promise<DigestFacts> {
  const [groups, approvals, failed, tokens] = await Promise.all([
    findingGroups(sql, ['token-expiring', 'reauth-required']),
    waitingChanges(sql),
    failedImports(sql),
    endingTokens(sql, 7),
  ]);
  const mine = ({ integrationId }: { integrationId: string | null }) =>
    !integrationIds || (integrationId !== null && integrationIds.includes(integrationId));
  return {
    day,
    groups: groups.filter(mine).map((group) => {
      const { findingIds: _, ...facts } = factsOf(group);
      return facts;
    }),
    approvals: approvals
      .filter(mine)
      .map(({ integrationName, count, money }) => ({ integrationName, count, money })),
    failed: failed.filter(mine).map(({ integrationName, kind, problem }) => ({
      integrationName,
      importKind: kind,
      problem: problem?.detail ?? null,
    })),
    tokens: tokens.map(({ name, endsAt }) => ({ name, endsAt: endsAt?.toISOString() ?? null })),
  };
}
