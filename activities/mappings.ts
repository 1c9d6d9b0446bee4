import { type ActorRef, actorOf } from '../db/access/actors.ts';
import { generateMappings } from '../db/integrations/generate.ts';
import { mappingSources } from '../db/integrations/mappings.ts';

export type { Generated } from '../db/integrations/generate.ts';

import type { Deps } from './deps.ts';

export interface GenerateInput {
  integrationId: string;
  /** Only report what would be mapped. */
  preview?: boolean;
  by?: ActorRef;
}

export const mappingActivities = ({ db }: Deps) => ({
  mappingSources: ({ integrationId }: { integrationId: string }) => mappingSources(db, integrationId),
  generateMappings: async ({ integrationId, preview, by }: GenerateInput) =>
    generateMappings(db, { integrationId, preview, by: await actorOf(db.sql, by) }),
});
