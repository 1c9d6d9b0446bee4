import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { type ConnectionRow, getConnection } from '../../../db/connections/connections.ts';
import {
  listAgentMappings,
  listPeople,
  putAgentMappings,
  putPeople,
  readAgents,
  watchAgents,
} from '../../../db/integrations/people.ts';
import { suggestAgents } from '../../../domain/people.ts';
import { type App, type Context, requireMatch, type Versioned, versionOf, withEtag } from '../../context.ts';
import { type FieldError, found, invalid, Problem, shownErrors } from '../../problem.ts';
import { answers, flag, idParams, ifMatch, longList, outsideId } from '../../schemas.ts';
import { definitionFor } from '../connections/input.ts';
import { fromCsv, fromItems, maxPeople, person } from './input.ts';

/** Lists that are replaced as a whole are also read as a whole, without pages. */
const whole = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    nextCursor: z.null(),
    version: z.string().describe('For If-Match: another one once somebody has changed the list.'),
  });

const shownPerson = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    extension: z.string().nullable(),
  })
  .meta({ id: 'Person' });
export type Person = z.output<typeof shownPerson>;

const kept = whole(shownPerson).extend({
  errors: z
    .array(z.object({ pointer: z.string(), detail: z.string() }))
    .describe('With `partial`: the first 100 errors of lines that were left out.'),
  errorCount: z.int().optional().describe('How many errors there are, if more than 100.'),
});

const mapping = z
  .object({
    personId: z.string(),
    agentId: z.string().nullable(),
    suggestedAgentId: z.string().nullable(),
    reason: z
      .enum(['email', 'name', 'ambiguous'])
      .nullable()
      .describe('What matches; `ambiguous`: several match, so none is suggested.'),
  })
  .meta({ id: 'AgentMapping' });
export type AgentMapping = z.output<typeof mapping>;

const newMapping = z.strictObject({
  personId: outsideId,
  agentId: outsideId.nullable().describe('null: none.'),
  // Not validated again: returned as read.
  suggestedAgentId: z.unknown().optional(),
  reason: z.unknown().optional(),
});

const csv = z.custom<Buffer>(Buffer.isBuffer).meta({
  type: 'string',
  description: 'text/csv: the first line names the columns id, name, email, extension.',
});
const list = z.strictObject({
  items: z
    .array(z.unknown())
    .max(maxPeople)
    .meta({ items: z.toJSONSchema(person, { io: 'input' }) }),
});

export function peopleRoutes(app: App, { db }: Context): void {
  const tags = ['people'];

  app.get(
    '/connections/:id/people',
    {
      config: { access: 'read' },
      schema: {
        summary: 'People of a phone system',
        tags,
        params: idParams,
        response: answers({ 200: whole(shownPerson) }),
      },
    },
    async ({ params: { id } }, reply) => {
      await requireAgents(id);
      return withList(reply, await listed(id));
    },
  );

  // In a separate scope, because no other route here reads CSV.
  app.register(async (scope) => {
    scope.addContentTypeParser('text/csv', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    (scope as App).put(
      '/connections/:id/people',
      {
        config: { access: 'operate' },
        schema: {
          summary: 'Replace the people of a phone system',
          description: 'As JSON or CSV. Errors name the line numbers.',
          tags,
          consumes: ['application/json', 'text/csv'],
          params: idParams,
          querystring: z.strictObject({
            partial: flag.describe(
              'Keep valid lines even if others are invalid; without it, all or nothing.',
            ),
          }),
          headers: ifMatch,
          body: z.union([list, csv]),
          response: answers({ 200: kept }),
        },
      },
      async ({ params: { id }, query: { partial }, headers, body, caller }, reply) => {
        await requireAgents(id);
        const { people, errors } = await (Buffer.isBuffer(body) ? fromCsv(body) : fromItems(body.items));
        if (errors.length > 0 && (!partial || people.length === 0)) throw invalid(errors);
        await putPeople(db, id, people, caller!.actor, (now) =>
          requireMatch(headers, { version: versionOf(now) }),
        );
        await watchAgents(db.sql, id);
        return withList(reply, { ...(await listed(id)), ...shownErrors(errors) });
      },
    );
  });

  app.get(
    '/connections/:id/agent-mappings',
    {
      config: { access: 'read' },
      schema: {
        summary: 'People, their agents and suggested agents',
        description: 'Uses the agents as last read; `GET …/agents?refresh=true` reads them again.',
        tags,
        params: idParams,
        response: answers({ 200: whole(mapping) }),
      },
    },
    async ({ params: { id } }, reply) => {
      await requireAgents(id);
      return withList(reply, await shown(id));
    },
  );

  app.put(
    '/connections/:id/agent-mappings',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Replace the agents of people',
        description: 'People left out, or sent with null, have no agent afterwards.',
        tags,
        params: idParams,
        headers: ifMatch,
        body: z.strictObject({ items: longList(newMapping, { max: maxPeople }) }),
        response: answers({ 200: whole(mapping) }),
      },
    },
    async ({ params: { id }, headers, body: { items }, caller }, reply) => {
      await requireAgents(id);
      const errors = await mappingErrors(id, items);
      if (errors.length > 0) throw invalid(errors);
      const chosen = items.flatMap(({ personId, agentId }) =>
        agentId === null ? [] : [{ personId, agentId }],
      );
      await putAgentMappings(db, id, chosen, caller!.actor, (now) =>
        requireMatch(headers, { version: versionOf(now) }),
      );
      await watchAgents(db.sql, id);
      return withList(reply, await shown(id));
    },
  );

  async function requireAgents(id: string): Promise<ConnectionRow> {
    const row = found(await getConnection(db, id), 'connection');
    if (!definitionFor(row.kind).capabilities.includes('agents'))
      throw new Problem('not-applicable', `A ${row.kind} connection has no agents.`);
    return row;
  }

  async function listed(id: string) {
    const items = await listPeople(db, id);
    return { items, nextCursor: null, version: versionOf(items) };
  }

  const withList = <List extends Versioned>(reply: FastifyReply, list: List): List => {
    withEtag(reply, list);
    return list;
  };

  async function shown(id: string) {
    const [people, mappings, agents] = await Promise.all([
      listPeople(db, id),
      listAgentMappings(db, id),
      readAgents(db, id),
    ]);
    const agentOf = new Map(mappings.map(({ personId, agentId }) => [personId, agentId]));
    const suggestions = suggestAgents(people, agents ?? []);
    const items = people.map(({ id: personId }) => {
      const { agentId, reason } = suggestions.get(personId)!;
      return { personId, agentId: agentOf.get(personId) ?? null, suggestedAgentId: agentId, reason };
    });
    return { items, nextCursor: null, version: versionOf(mappings) };
  }

  /** An agent that is already mapped may be sent again, even if it no longer exists. */
  async function mappingErrors(id: string, items: z.output<typeof newMapping>[]): Promise<FieldError[]> {
    const people = new Set((await listPeople(db, id)).map((one) => one.id));
    const agents = new Set((await readAgents(db, id))?.map((one) => one.id));
    const before = new Map((await listAgentMappings(db, id)).map((one) => [one.personId, one.agentId]));
    const seen = new Set<string>();
    return items.flatMap(({ personId, agentId }, n): FieldError[] => {
      const errors: FieldError[] = [];
      if (!people.has(personId))
        errors.push({ pointer: `/items/${n}/personId`, detail: 'is not a person in the list' });
      else if (seen.has(personId)) errors.push({ pointer: `/items/${n}/personId`, detail: 'is named twice' });
      seen.add(personId);
      if (agentId !== null && !agents.has(agentId) && before.get(personId) !== agentId)
        errors.push({
          pointer: `/items/${n}/agentId`,
          detail: 'is not an agent as last read; GET …/agents?refresh=true reads them again',
        });
      return errors;
    });
  }
}
