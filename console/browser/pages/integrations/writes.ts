import { useQuery } from '@tanstack/react-query';
import { connection, connectors } from '../../api/connections.ts';
import type { Integration } from '../../api/types.ts';

/** Whether we write to its destination; one that reads from us has nothing of ours to compare with. */
export function useWrites({ destinationId }: Integration): boolean {
  const kind = useQuery(connection(destinationId)).data?.kind;
  const kinds = useQuery(connectors).data?.items ?? [];
  return kinds.find((known) => known.kind === kind)?.flow !== 'pull';
}
