import type { TransactionSql } from 'postgres';
import type { Actor } from '../../domain/actor.ts';
import { type Finding, finding } from '../../domain/findings/finding.ts';
import type { AgentLike, Person } from '../../domain/people.ts';
import { record } from '../audit/audit.ts';
import { changedFields } from '../audit/changed.ts';
import type { Database, Sql } from '../client.ts';
import { resolveKeys } from '../findings/ledger-age.ts';
import { report } from '../findings/lifecycle.ts';

/** People of a phone system and the agents they are mapped to. */
export async function listPeople(
  { sql }: { sql: Sql | TransactionSql },
  connectionId: string,
): Promise<Person[]> {
  return await sql<Person[]>`
    select id, name, email, extension from people where connection_id = ${connectionId} order by lower(name), id`;
}

/**
 * Replaces the list. A missing person's mapping is kept, because a list may be incomplete once. `check` gets the list
 * that is replaced, and may refuse by throwing.
 */
export async function putPeople(
  { sql }: Database,
  connectionId: string,
  people: Person[],
  by: Actor,
  check: (now: Person[]) => void,
): Promise<void> {
  const rows = JSON.stringify(people);
  await sql.begin(async (tx) => {
    await takeTurns(tx, connectionId);
    check(await listPeople({ sql: tx }, connectionId));
    await tx`
      delete from people where connection_id = ${connectionId}
        and id not in (select r.id from jsonb_to_recordset(${rows}::text::jsonb) as r(id text))`;
    await tx`
      insert into people (connection_id, id, name, email, extension)
      select ${connectionId}, r.* from jsonb_to_recordset(${rows}::text::jsonb)
        as r(id text, name text, email text, extension text)
      on conflict (connection_id, id) do update
        set name = excluded.name, email = excluded.email, extension = excluded.extension`;
    const target = ['connection', connectionId] as const;
    await record(tx, by, { action: 'people.set', target, after: { people: people.length } });
  });
}

export interface AgentMapping {
  personId: string;
  agentId: string;
}

/** By person. */
export async function listAgentMappings(
  { sql }: { sql: Sql | TransactionSql },
  connectionId: string,
): Promise<AgentMapping[]> {
  return await sql<AgentMapping[]>`
    select person_id as "personId", agent_id as "agentId" from agent_mappings where connection_id = ${connectionId}
    order by person_id`;
}

/** Replaces all mappings of the people in the list. `check` gets those that are replaced, and may refuse by throwing. */
export async function putAgentMappings(
  { sql }: Database,
  connectionId: string,
  mappings: AgentMapping[],
  by: Actor,
  check: (now: AgentMapping[]) => void,
): Promise<void> {
  const rows = JSON.stringify(mappings);
  const wanted = sql`jsonb_to_recordset(${rows}::text::jsonb) as r("personId" text, "agentId" text)`;
  await sql.begin(async (tx) => {
    await takeTurns(tx, connectionId);
    const before = await listAgentMappings({ sql: tx }, connectionId);
    check(before);
    await tx`
      delete from agent_mappings m using people p where m.connection_id = ${connectionId}
        and p.connection_id = m.connection_id and p.id = m.person_id
        and m.person_id not in (select r."personId" from ${wanted})`;
    await tx`
      insert into agent_mappings (connection_id, person_id, agent_id)
      select ${connectionId}, r."personId", r."agentId" from ${wanted}
      on conflict (connection_id, person_id) do update set agent_id = excluded.agent_id, created_at = now()
        where agent_mappings.agent_id <> excluded.agent_id`;
    const after = await listAgentMappings({ sql: tx }, connectionId);
    const values = changedFields(byPerson(before), byPerson(after));
    const target = ['connection', connectionId] as const;
    await record(tx, by, { action: 'agents.map', target, ...values });
  });
}

/** Agent id by person id. */
const byPerson = (mappings: AgentMapping[]): Record<string, string> =>
  Object.fromEntries(mappings.map(({ personId, agentId }) => [personId, agentId]));

/** Makes concurrent replacements wait for each other. */
const takeTurns = (tx: TransactionSql, connectionId: string) =>
  tx`select pg_advisory_xact_lock(hashtextextended(${`people/${connectionId}`}, 0))`;

/** The agents as last read; null before the first time. */
export async function readAgents(
  { sql }: Pick<Database, 'sql'>,
  connectionId: string,
): Promise<AgentLike[] | null> {
  const [row] = await sql<{ items: AgentLike[] }[]>`
    select items from offers where connection_id = ${connectionId} and kind = 'agents'`;
  return row?.items ?? null;
}

/** Opens a finding if a mapped agent was disabled or is gone; resolves it once that is corrected on either side. */
export async function watchAgents(sql: Sql, connectionId: string): Promise<void> {
  const agents = await readAgents({ sql }, connectionId);
  if (agents === null) return;
  const byId = new Map(agents.map((agent) => [agent.id, agent]));
  const mapped = await sql<{ personId: string; agentId: string; name: string }[]>`
    select p.id as "personId", p.name, m.agent_id as "agentId"
    from agent_mappings m join people p on p.connection_id = m.connection_id and p.id = m.person_id
    where m.connection_id = ${connectionId}`;
  const wanted = mapped.flatMap(({ personId, agentId, name }): Finding[] => {
    const agent = byId.get(agentId);
    if (agent && !agent.disabled) return [];
    const facts = { connectionId, personId, personName: name, agentId, agentName: agent?.name ?? null };
    return [finding('agent-disabled', facts)];
  });
  const known = await sql<{ key: string; agentId: string; told: boolean }[]>`
    select key, subject ->> 'agentId' as "agentId", state <> 'resolved' or resolution ? 'action' as told
    from findings where connection_id = ${connectionId} and kind = 'agent-disabled'`;
  // A person who was already told of this agent, and perhaps dismissed it, is not told again.
  const told = new Map(known.filter((row) => row.told).map((row) => [row.key, row.agentId]));
  await report(
    sql,
    wanted.filter(({ key, subject }) => told.get(key) !== subject.agentId),
  );
  const still = new Set(wanted.map(({ key }) => key));
  await resolveKeys(
    sql,
    known.map(({ key }) => key).filter((key) => !still.has(key)),
  );
}
