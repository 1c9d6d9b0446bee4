import { parseSync } from 'rolldown/utils';

/** What a person may read: messages, titles, summaries, log lines, what commands print. */
const spoken =
  /^(activities|api|connectors|console|db|domain|embedded|security|temporal|workflows)\/|^worker\.ts$/;
const unspoken = /^(db\/(migrations|schema)|console\/browser)/;

/** SQL, CSS and markup are text of two words too. */
const code =
  /^\s*(select|insert|update|delete|with|from|where|and|or|on|case|exists|not|order|returning|coalesce|jsonb?_|create|in)\s[\s\S]*|[<{]\/?[a-z]+[ >]|=>|::|^\(|^[a-z-]+: [a-z#]/;

export interface Message {
  path: string;
  text: string;
}

/** Every text of two words or more in files that speak to people, in the order of the source. */
export function messagesOf(files: ReadonlyMap<string, string>): Message[] {
  return [...files]
    .filter(([path]) => spoken.test(path) && !unspoken.test(path))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path, source]) => {
      const { program, errors } = parseSync(path, source);
      if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
      return [...new Set(texts(program, source))].map((text) => ({ path, text }));
    });
}

interface Node {
  type?: string;
  value?: unknown;
  start: number;
  end: number;
  quasis?: { value: { cooked: string } }[];
  expressions?: Node[];
  body?: unknown;
}

const passedOver = new Set([
  'ImportDeclaration', 'ExportAllDeclaration', 'TaggedTemplateExpression', 'TSTypeAliasDeclaration',
  'TSInterfaceDeclaration', 'TSTypeAnnotation', 'TSTypeParameterInstantiation', 'TSLiteralType',
]); // biome-ignore format: a table

function texts(node: unknown, source: string): string[] {
  if (Array.isArray(node)) return node.flatMap((one) => texts(one, source));
  if (!node || typeof node !== 'object') return [];
  const { type, value, quasis, expressions } = node as Node;
  // A statement has no words for people, but what is put into it may.
  if (type === 'TaggedTemplateExpression')
    return texts((node as { quasi: { expressions: Node[] } }).quasi.expressions, source);
  if (type && passedOver.has(type)) return [];
  if (type === 'Literal') return typeof value === 'string' ? spokenText(value) : [];
  if (type === 'TemplateLiteral' && quasis && expressions) {
    const text = quasis
      .map(({ value }, i) => value.cooked + (expressions[i] ? `{${nameOf(expressions[i], source)}}` : ''))
      .join('');
    return [...spokenText(text), ...texts(expressions, source)];
  }
  return Object.values(node).flatMap((one) => texts(one, source));
}

function spokenText(text: string): string[] {
  const line = text.replace(/\s+/g, ' ').trim();
  return /[A-Za-z’'”}] [A-Za-z“{]/.test(line) && /[a-z]{2}/.test(line) && !code.test(line) ? [line] : [];
}

/** `run.customer.name` and `nameOf(customer)` say what stands there; longer expressions do not. */
function nameOf({ start, end }: Node, source: string): string {
  const text = source.slice(start, end);
  return /^[\w.!?()[\]]{1,40}$/.test(text) ? text.replace(/[!?]/g, '') : '…';
}

/** All of them as one page, to be read from top to bottom. */
export function messagesPage(files: ReadonlyMap<string, string>): string {
  const byFile = new Map<string, string[]>();
  for (const { path, text } of messagesOf(files))
    byFile.set(path, [...(byFile.get(path) ?? []), `- ${text}`]);
  const parts = [...byFile].map(([path, lines]) => `## ${path}\n\n${lines.join('\n')}\n`);
  return `# Messages

What a person can meet, file by file: messages, titles, findings, summaries in the Temporal UI, log lines, what
commands print. Generated from the source by \`npm run docs\`; \`{…}\` is filled in.

${parts.join('\n')}`;
}
