import { Readable } from 'node:stream';
import { z } from 'zod';
import { getImport } from '../../../db/imports/imports.ts';
import { eventsAfter } from '../../../db/imports/queries.ts';
import type { App, Context } from '../../context.ts';
import { found } from '../../problem.ts';
import { answers, idParams } from '../../schemas.ts';
import { eventStream } from './event-stream.ts';
import { importEvent } from './schemas.ts';

const stream = {
  description: 'Events `progress`, `item`, `finding`, `state`; closes after the last `state`.',
  content: { 'text/event-stream': { schema: importEvent } },
};

export function eventRoutes(app: App, { db, events }: Context): void {
  app.get(
    '/imports/:id/events',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Watch an import',
        description:
          'Server-sent events. `id` is the import’s own rising number; `Last-Event-ID` replays the events after it.',
        tags: ['imports'],
        params: idParams,
        headers: z.looseObject({
          'last-event-id': z
            .string()
            .regex(/^\d{1,15}$/, 'must be the id of an event')
            .optional(),
        }),
        response: {
          ...answers({ 204: z.undefined().describe('All events were already sent.') }),
          200: stream,
        },
      },
    },
    async ({ params: { id }, headers, raw }, reply) => {
      const row = found(await getImport(db, id), 'import');
      const last = Number(headers['last-event-id'] ?? 0);
      // Browsers reconnect after the last event; only 204 stops them.
      if (last > 0 && row.state !== 'running' && (await eventsAfter(db, id, last)).length === 0)
        return reply.code(204).send(undefined);
      const gone = new AbortController();
      raw.once('close', () => gone.abort());
      const signal = AbortSignal.any([gone.signal, events.closing]);
      return reply
        .type('text/event-stream; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(Readable.from(eventStream(db, events, id, last, signal)) as never);
    },
  );
}
