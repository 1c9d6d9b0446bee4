import { z } from 'zod';
import type { Kind } from '../connectors/contract.ts';
import { definitions } from '../connectors/definitions.ts';
import { actorKinds } from '../domain/actor.ts';

/** Schemas shared by several routes. */
export const idParams = z.object({ id: z.uuid() });
export const instant = z.iso.datetime();
/** An instant given by a caller: PostgreSQL has no year 0. */
export const givenInstant = z.iso
  .datetime({ offset: true })
  .refine((text) => text >= '1900', 'must be of 1900 or later');

/** `true` or `false` in a query, false by default. */
export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((word) => word === 'true');

/** The allowed kinds. */
export const connectionKind = z.enum(definitions.map(({ kind }) => kind) as [Kind, ...Kind[]]);
/** Who made a change. */
export const actor = z
  .object({ kind: z.enum(actorKinds), name: z.string(), id: z.string().nullable() })
  .meta({ id: 'Actor' });

export const noContent = z.undefined().describe('Done.');

/** A text entered by people, without control characters, which systems treat differently. */
export const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max, `must not be longer than ${max} characters`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not hold control characters');

/** An id of an outside system. */
export const outsideId = text(400);

const enoughFaults = 20;

/**
 * A list of thousands: validation stops at the twentieth error, because validating takes time in which no other request
 * is answered.
 */
export const longList = <Item extends z.ZodType>(
  item: Item,
  { min = 0, max }: { min?: number; max: number },
) =>
  z
    .array(z.unknown())
    .min(min)
    .max(max)
    .meta({ items: z.toJSONSchema(item, { io: 'input' }) })
    .transform((values, context): z.output<Item>[] => {
      const read: z.output<Item>[] = [];
      let faults = 0;
      for (const [place, value] of values.entries()) {
        const { data, error } = item.safeParse(value);
        if (!error) read.push(data);
        for (const issue of error?.issues ?? [])
          context.addIssue({ ...issue, path: [place, ...issue.path] } as never);
        if (error && ++faults === enoughFaults) break;
      }
      return read;
    });

/** Empty means no filter, as forms send it. */
export const search = z.string().trim().max(200).optional().describe('A part of the name, or the whole id.');

const fieldError = z.object({ pointer: z.string(), detail: z.string() });

export const problemSchema = z
  .looseObject({
    type: z.string().describe('`/problems/<type>`, a page that explains it.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    todo: z.string().optional().describe('What to do about it.'),
    instance: z.string().optional().describe('The request id, as logged.'),
    errors: z.array(fieldError).optional().describe('The first 100.'),
    errorCount: z.int().optional().describe('How many there are, if more than 100.'),
  })
  .meta({ id: 'Problem' });

const problem = {
  description: 'A problem (RFC 9457).',
  content: { 'application/problem+json': { schema: problemSchema } },
};

/** A route's answers: the given ones, and a problem for everything else. */
export const answers = <Answers extends Record<number, z.ZodType>>(named: Answers) => ({
  ...named,
  default: problem,
});

export const ifMatch = z.looseObject({
  'if-match': z.string().max(4_000).optional().describe('ETags: change only one of these versions.'),
});

/** … of what may not exist yet. */
export const precondition = ifMatch.extend({
  'if-none-match': z.string().max(4_000).optional().describe('`*`: only if there is none yet.'),
});

/** The JSON Schema of input, before defaults and normalisation. */
export const inputSchema = (schema: z.ZodType) =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown> & {
    required?: string[];
  };
