import { z } from 'zod';
import type { App, Context } from '../context.ts';
import { answers } from '../schemas.ts';

const settings = z
  .object({
    items: z.array(
      z.object({
        name: z.string(),
        value: z.string().nullable().describe('null: not set, or a secret.'),
        source: z.enum(['environment', 'default']),
        secret: z.boolean(),
      }),
    ),
    keyIds: z.array(z.string()).describe('The ids of TRIBUTARY_KEYS; the first key seals.'),
    node: z.string(),
  })
  .meta({ id: 'Settings' });
export type Settings = z.output<typeof settings>;

export function settingsRoutes(app: App, { environment, ring }: Context): void {
  app.get(
    '/settings',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'The environment in force, without its secrets',
        tags: ['access'],
        response: answers({ 200: settings }),
      },
    },
    async () => ({
      items: environment.inForce ?? [],
      keyIds: [ring.writeId, ...[...ring.keys.keys()].filter((id) => id !== ring.writeId)],
      node: process.version,
    }),
  );
}
