import { queryOptions, useMutation } from '@tanstack/react-query';
import { get, type Page, put } from './client.ts';
import { queries } from './queries.ts';
import type { AgentMapping, Person } from './types.ts';

/** People of a phone system, and whose agent at the destination each is. Lists come whole. */
export interface Agent {
  id: string;
  name: string;
  email: string | null;
  disabled: boolean;
}

export const people = (connectionId: string) =>
  queryOptions({
    queryKey: ['people', connectionId],
    queryFn: ({ signal }) =>
      get<Page<Person>>('/v1/connections/{id}/people', { path: { id: connectionId }, signal }),
  });

export const agentMappings = (connectionId: string) =>
  queryOptions({
    queryKey: ['people', connectionId, 'mappings'],
    queryFn: ({ signal }) =>
      get<Page<AgentMapping>>('/v1/connections/{id}/agent-mappings', { path: { id: connectionId }, signal }),
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

/** Replaces the list. `partial`: the good lines where others are wrong; otherwise all or nothing. */
export const usePutPeople = (connectionId: string) =>
  useMutation({
    mutationFn: ({ csv, partial }: { csv: Blob; partial: boolean }) =>
      put<PeopleKept>('/v1/connections/{id}/people', {
        path: { id: connectionId },
        query: { partial: partial || null },
        csv,
      }),
    onSuccess: () => renew(connectionId),
  });

/** Replaces whose agents all of them are. */
export const usePutAgentMappings = (connectionId: string) =>
  useMutation({
    mutationFn: (items: Pick<AgentMapping, 'personId' | 'agentId'>[]) =>
      put<Page<AgentMapping>>('/v1/connections/{id}/agent-mappings', {
        path: { id: connectionId },
        body: { items },
      }),
    onSettled: () => renew(connectionId),
  });
