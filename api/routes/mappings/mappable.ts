import { integrationEndpoints } from '../../../db/integrations/integrations.ts';
import type { Context } from '../../context.ts';
import { found, Problem } from '../../problem.ts';
import { definitionFor } from '../connections/input.ts';

/** The two ends of an integration that has clients to map. */
export async function mappable(db: Context['db'], id: string) {
  const ends = found(await integrationEndpoints(db, id), 'integration');
  if (definitionFor(ends.destinationKind).flow === 'pull')
    throw new Problem(
      'not-applicable',
      `${ends.destinationKind} reads from Tributary, so it has no clients to map.`,
    );
  return ends;
}
