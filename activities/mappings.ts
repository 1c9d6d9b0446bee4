import { generateMappings, mappingSources } from '../db/integrations/mappings.ts';

export type { Generated } from '../db/integrations/mappings.ts';

import type { Deps } from './deps.ts';

export const mappingActivities = ({ db }: Deps) => ({
  mappingSources: ({ integrationId }: { integrationId: string }) => mappingSources(db, integrationId),
  generateMappings: ({ integrationId }: { integrationId: string }) => generateMappings(db, integrationId),
});
