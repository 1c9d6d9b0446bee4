/** Matches a person of a phone system to an agent: by equal e-mail, else by equal name, if only one fits. */
export interface Person {
  id: string;
  name: string;
  email: string | null;
  extension: string | null;
}

export interface AgentLike {
  id: string;
  name: string;
  email: string | null;
  disabled: boolean;
}

export type SuggestionReason = 'email' | 'name' | 'ambiguous';

export interface Suggestion {
  agentId: string | null;
  /** What is equal; `ambiguous`: several people or agents share it. */
  reason: SuggestionReason | null;
}

/** Disabled agents are never suggested. */
export function suggestAgents(
  people: readonly Person[],
  agents: readonly AgentLike[],
): Map<string, Suggestion> {
  const enabled = agents.filter((agent) => !agent.disabled);
  const [byEmail, byName] = [index(people, enabled, emailKey), index(people, enabled, nameKey)];
  return new Map(
    people.map((person) => [person.id, byEmail(person, 'email') ?? byName(person, 'name') ?? none]),
  );
}

const none: Suggestion = { agentId: null, reason: null };

type Key = (one: { name: string; email: string | null }) => string | null;

const emailKey: Key = ({ email }) => email?.trim().toLowerCase() || null;
const nameKey: Key = ({ name }) => name.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase() || null;

function index(people: readonly Person[], agents: readonly AgentLike[], keyOf: Key) {
  const groups = [grouped(people, keyOf), grouped(agents, keyOf)] as const;
  return (person: Person, reason: SuggestionReason): Suggestion | null => {
    const key = keyOf(person);
    const fitting = key === null ? undefined : groups[1].get(key);
    if (!fitting) return null;
    if (fitting.length > 1 || groups[0].get(key!)!.length > 1) return { agentId: null, reason: 'ambiguous' };
    return { agentId: fitting[0]!.id, reason };
  };
}

function grouped<One extends { name: string; email: string | null }>(all: readonly One[], keyOf: Key) {
  const groups = new Map<string, One[]>();
  for (const one of all) {
    const key = keyOf(one);
    if (key === null) continue;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups;
}
