import { z } from 'zod';
import type { Definition } from '../../connectors/contract.ts';
import { definitions } from '../../connectors/definitions.ts';
import { changeKinds } from '../../domain/change.ts';
import type { App } from '../context.ts';
import { byPlace, listOf, listQuery, slicePage } from '../pages.ts';
import { answers, inputSchema } from '../schemas.ts';

const jsonSchema = z.record(z.string(), z.unknown()).describe('A JSON Schema.');

const connector = z.object({
  kind: z.string(),
  name: z.string(),
  role: z.enum(['distributor', 'destination']),
  flow: z
    .enum(['push', 'pull'])
    .nullable()
    .describe('For a destination: Tributary writes to it, or it reads from Tributary.'),
  auth: z.string(),
  settings: jsonSchema,
  credentials: jsonSchema,
  capabilities: z.array(z.string()),
  changes: z.array(z.enum(changeKinds)).describe('For a distributor: the changes it supports.'),
});

export type Connector = z.output<typeof connector>;

export function connectorRoutes(app: App): void {
  // Built once: they do not change at run time.
  const shown = definitions.map(show);

  app.get(
    '/connectors',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Kinds of connections',
        tags: ['connectors'],
        querystring: listQuery(byPlace, {}),
        response: answers({ 200: listOf(connector) }),
      },
    },
    async ({ query: { limit, cursor } }) => slicePage(shown, limit, cursor),
  );
}

function show(definition: Definition): z.output<typeof connector> {
  const { kind, name, role, flow = null, auth, capabilities, changes = [] } = definition;
  const settings = inputSchema(definition.settings);
  const credentials = inputSchema(definition.credentials);
  for (const property of Object.values((credentials.properties ?? {}) as Record<string, object>))
    Object.assign(property, { writeOnly: true });
  return { kind, name, role, flow, auth, settings, credentials, capabilities, changes: [...changes] };
}
