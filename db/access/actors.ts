import { type Actor, type ActorKind, bySystem, firstKey } from '../../domain/actor.ts';
import type { Sql } from '../client.ts';

/** An actor without its name, as workflows carry it: history must not hold people's names. */
export interface ActorRef {
  kind: ActorKind;
  id: string | null;
}

export const refOf = ({ kind, id }: Actor): ActorRef => ({ kind, id });

/** Adds the actor's name again. */
export async function actorOf(sql: Sql, ref: ActorRef | undefined): Promise<Actor> {
  if (!ref) return bySystem;
  if (ref.id === null) return ref.kind === 'key' ? firstKey : bySystem;
  const table = ref.kind === 'session' ? 'sessions' : 'api_keys';
  const [row] = await sql<{ name: string }[]>`select name from ${sql(table)} where id = ${ref.id}`;
  return { kind: ref.kind, id: ref.id, name: row?.name ?? 'A session that has ended' };
}
