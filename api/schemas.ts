import { z } from 'zod';

/** Schemas that several nouns share. */
export const idParams = z.object({ id: z.uuid() });
export const instant = z.iso.datetime();
export const noContent = z.undefined().describe('Done.');

/** A text of people: no control characters, which no system keeps alike. */
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

/** Empty counts as no filter, as a form sends it. */
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
    errors: z.array(fieldError).optional(),
  })
  .meta({ id: 'Problem' });

const problem = {
  description: 'A problem (RFC 9457).',
  content: { 'application/problem+json': { schema: problemSchema } },
};

/** A route's answers: those named, and a problem for everything else. */
export const answers = <Answers extends Record<number, z.ZodType>>(named: Answers) => ({
  ...named,
  default: problem,
});

export const ifMatch = z.looseObject({
  'if-match': z.string().max(200).optional().describe('An ETag: change only this version.'),
});
