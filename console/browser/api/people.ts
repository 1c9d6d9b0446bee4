import { queryOptions, useMutation } from '@tanstack/react-query';
import { get, isOvertaken, type Page, put } from './client.ts';
import { queries } from './queries.ts';
import type { AgentMapping, Person } from './types.ts';

/** People of a phone system, and whose agent at the destination each is. Lists come whole. */
export interface Agent {
  id: string;
  name: string;
  email: string | null;
  disabled: boolean;
}

interface Whole<Item> extends Page<Item> {
  version: string;
}

export const people = (connectionId: string) =>
  queryOptions({
    queryKey: ['people', connectionId],
    queryFn: ({ signal }) =>
      get<Whole<Person>>('/v1/connections/{id}/people', { path: { id: connectionId }, signal }),
  });

export const agentMappings = (connectionId: string) =>
  queryOptions({
    queryKey: ['people', connectionId, 'mappings'],
    queryFn: ({ signal }) =>
      get<Whole<AgentMapping>>('/v1/connections/{id}/agent-mappings', { path: { id: connectionId }, signal }),
  });

interface Agents {
  items: Agent[];
  /** When they were last read; null before the first time. */
  asOf: string | null;
}

async function allAgents(connectionId: string, refresh: boolean, signal?: AbortSignal): Promise<Agents> {
  const items: Agent[] = [];
  let asOf: string | null = null;
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: Page<Agent> & Agents = await get<Page<Agent> & Agents>('/v1/connections/{id}/agents', {
      path: { id: connectionId },
      // Once read anew, the other pages are of the same reading.
      query: { limit: 200, cursor, refresh: (refresh && cursor === '') || null },
      signal,
    });
    items.push(...page.items);
    asOf = page.asOf;
    cursor = page.nextCursor;
  }
  return { items, asOf };
}

/** As last read. */
export const agents = (connectionId: string) =>
  queryOptions({
    queryKey: ['people', connectionId, 'agents'],
    queryFn: ({ signal }) => allAgents(connectionId, false, signal),
  });

const renew = (connectionId: string) =>
  Promise.all([
    queries.invalidateQueries({ queryKey: ['people', connectionId] }),
    // A mapping to an agent who is gone is a finding.
    queries.invalidateQueries({ queryKey: ['findings'] }),
  ]);

/** The same, read anew at the destination. */
export const useRefreshAgents = (connectionId: string) =>
  useMutation({
    mutationFn: () => allAgents(connectionId, true),
    onSuccess: () => renew(connectionId),
  });

export interface PeopleKept extends Page<Person> {
  /** Of lines that were left out: the first 100, and how many there are where that is more. */
  errors: { pointer: string; detail: string }[];
  errorCount?: number;
}

/** Replaces the list the reader has seen. `partial`: the good lines where others are wrong; otherwise all or nothing. */
export const usePutPeople = (connectionId: string) =>
  useMutation({
    mutationFn: ({ csv, partial, seen }: { csv: Blob; partial: boolean; seen: string }) =>
      put<PeopleKept>('/v1/connections/{id}/people', {
        path: { id: connectionId },
        query: { partial: partial || null },
        ifMatch: seen,
        csv,
      }),
    onSettled: () => renew(connectionId),
  });

/** Whose agent a person was when the reader looked, and whose they shall be. */
export interface AgentChange {
  personId: string;
  from: string | null;
  to: string | null;
}

/** Somebody else has given the person another agent since the reader looked. */
export class OtherAgent extends Error {
  readonly personId: string;
  constructor(personId: string) {
    super(`Someone else has mapped ${personId}.`);
    this.personId = personId;
  }
}

/** Mappings are kept as one list: it is read anew, so that what others did about other people stays. */
async function changeAgents(connectionId: string, changes: AgentChange[], tries = 5): Promise<void> {
  const path = { id: connectionId };
  const now = await get<Whole<AgentMapping>>('/v1/connections/{id}/agent-mappings', { path });
  const wanted = new Map(changes.map((change) => [change.personId, change]));
  const items = now.items.map(({ personId, agentId }) => {
    const change = wanted.get(personId);
    if (change && change.from !== agentId) throw new OtherAgent(personId);
    return { personId, agentId: change ? change.to : agentId };
  });
  try {
    await put('/v1/connections/{id}/agent-mappings', { path, ifMatch: now.version, body: { items } });
  } catch (error) {
    if (!isOvertaken(error) || tries === 1) throw error;
    await changeAgents(connectionId, changes, tries - 1);
  }
}

export const useChangeAgents = (connectionId: string) =>
  useMutation({
    mutationFn: (changes: AgentChange[]) => changeAgents(connectionId, changes),
    onSettled: () => renew(connectionId),
  });
