import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generatedPages } from '../support/generated-pages.ts';
import { messagesOf } from '../support/messages.ts';
import { sources } from '../support/sources.ts';

test.each([...generatedPages()])('%s is current: `npm run docs` writes it', (path, text) => {
  expect(existsSync(path) && readFileSync(path, 'utf8')).toBe(text);
});

const listed = (source: string) => messagesOf(new Map([['activities/a.ts', source]])).map(({ text }) => text);

test('texts for people are found, statements, types and single words are not', () => {
  expect(
    listed(`
      import { x } from './not a text.ts';
      type Way = 'not a text';
      sql\`select id from customers where \${note ?? 'no such note'}\`;
      throw new Failure('bad-answer', \`\${host} answered \${status} without a \${a + b}.\`);
      log.warn('import failed');
    `),
  ).toEqual(['no such note', '{host} answered {status} without a {…}.', 'import failed']);
});
/** Turns of phrase that were mended once: say it plainly. */
const riddles =
  /\b(there is no such|let us in|let in,|lets? .{1,20} in\b|goes by itself|is told from|stood for|anew\b.*\banew|was said|of like name|what it means\.)/i;

test('no message speaks in riddles', () => {
  const met = messagesOf(sources()).filter(({ text }) => riddles.test(text));
  expect(met).toEqual([]);
});
