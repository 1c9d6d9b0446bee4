import { type Actor, type ActorKind, bySystem, firstKey } from '../../domain/actor.ts';
import type { Sql } from '../client.ts';

/** An actor without its name, as it may travel through a workflow: names of people stay out of its history. */
export interface ActorRef {
  kind: ActorKind;
  id: string | null;
}

export const refOf = ({ kind, id }: Actor): ActorRef => ({ kind, id });

/** The actor again, under its name. */
export async function actorOf(sql: Sql, ref: ActorRef | undefined): Promise<Actor> {
  if (!ref) return bySystem;
  if (ref.id === null) return ref.kind === 'key' ? firstKey : bySystem;
  const table = ref.kind === 'session' ? 'sessions' : 'api_keys';
  const [row] = await sql<{ name: string }[]>`select name from ${sql(table)} where id = ${ref.id}`;
  return { kind: ref.kind, id: ref.id, name: row?.name ?? 'A session that has ended' };
}
