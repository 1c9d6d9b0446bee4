/** Who made a change; every change stores one. */
export const actorKinds = ['key', 'session', 'schedule', 'system'] as const;
export type ActorKind = (typeof actorKinds)[number];

export interface Actor {
  kind: ActorKind;
  /** For people: the name of the key, also for a session opened with it. */
  name: string;
  /** The key's or session's id; for a schedule, the integration's id. */
  id: string | null;
}

/** What a key may do; each scope includes the ones before: read, run and decide, set up. */
export const scopes = ['read', 'operate', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export const reaches = (held: readonly Scope[], needed: Scope): boolean =>
  held.some((scope) => scopes.indexOf(scope) >= scopes.indexOf(needed));

/** TRIBUTARY_API_KEY, which is not in the database. */
export const firstKey: Actor = { kind: 'key', name: 'First admin key', id: null };

export const bySchedule = (integrationId: string): Actor => ({
  kind: 'schedule',
  name: 'Schedule',
  id: integrationId,
});

/** Tributary itself: a repair, a check, an import after a change. */
export const bySystem: Actor = { kind: 'system', name: 'Tributary', id: null };
