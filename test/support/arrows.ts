import { dirname, join } from 'node:path/posix';
import { parseSync } from 'rolldown/utils';

/**
 * Who may import whom (`npm run check:arrows`). A place is a folder (`db/`), a file or a pattern where `*` is one name
 * and `**` any; the first rule that fits a file is its rule. TypeScript 7 has no API to read imports with, so rolldown
 * reads them: types too.
 */
interface Rule {
  from: string[];
  /** What may be imported. */
  to?: string[];
  /** What may be imported as a type only. */
  types?: string[];
  /** Files that share this many folders may import each other. Default 1; 0: none may. */
  own?: 0 | 1 | 2;
  /** The only packages and Node modules it may import; absent: any. */
  packages?: string[];
}

const definitions = ['connectors/definitions.ts', 'connectors/*/definition.ts'];
/** What connectors have in common. */
const shared = [
  'connectors/contract.ts',
  'connectors/http.ts',
  'connectors/record.ts',
  'connectors/secrets.ts',
  'connectors/token-answer.ts',
];
/** The part of `temporal` that is loaded by workflows. */
const messages = ['temporal/ids.ts', 'temporal/messages.ts', 'temporal/search-attributes.ts'];
const deterministic = ['@temporalio/workflow', '@temporalio/common', 'big.js'];
/** What may come into the browser. */
const browser = [
  'react',
  'react-dom',
  '@cloudscape-design/components',
  '@cloudscape-design/global-styles',
  '@tanstack/react-router',
  '@tanstack/react-query',
  'recharts',
  'virtual:brand.css',
];
const inside = ['db/', 'temporal/', 'security/', 'domain/'];
const asking = { to: [...inside, ...definitions], types: ['connectors/contract.ts'] };

const rules: Rule[] = [
  { from: ['domain/'], packages: ['big.js'] },
  { from: messages, own: 0, to: ['domain/', ...messages], packages: deterministic },
  { from: ['temporal/'], to: ['domain/'], types: ['db/'] },
  { from: ['workflows/'], to: ['domain/', ...messages], types: ['activities/'], packages: deterministic },
  { from: ['activities/'], to: ['connectors/', ...inside] },
  { from: ['connectors/definitions.ts'], own: 0, to: definitions, types: ['connectors/contract.ts'] },
  {
    from: ['connectors/*/definition.ts'],
    own: 0,
    to: ['connectors/contract.ts', 'domain/'],
    packages: ['zod'],
  },
  { from: ['connectors/*/**'], own: 2, to: [...shared, 'domain/'] },
  { from: ['connectors/'], own: 0, to: ['connectors/*', 'connectors/*/index.ts', 'domain/'] },
  { from: ['db/', 'security/'], to: ['domain/'] },
  { from: ['api/app.ts'], to: [...asking.to, 'console/serve.ts'], types: asking.types },
  { from: ['api/server.ts'], to: [...asking.to, 'console/build.ts'], types: asking.types },
  { from: ['api/'], ...asking },
  { from: ['console/browser/'], own: 2, types: ['api/', 'domain/'], packages: browser },
  { from: ['console/'], to: ['security/', 'db/'], types: ['api/'] },
  { from: ['worker.ts'], to: ['activities/', 'connectors/', ...inside] },
  { from: ['simulators/*/**'], own: 2, to: ['simulators/*'], packages: ['node:*'] },
  { from: ['simulators/'], packages: ['node:*'] },
  {
    from: ['bench/console.ts'],
    to: ['embedded/', 'console/*', 'test/support/browser.ts'],
  },
  {
    from: ['embedded/demo/', 'bench/'],
    to: ['embedded/', 'simulators/', 'worker.ts', 'api/', 'console/*', ...asking.to],
  },
  { from: ['embedded/'], to: ['worker.ts', 'api/', 'console/*', ...asking.to] },
  { from: ['test/', 'vitest.config.ts', 'drizzle.config.ts'], to: ['**'] },
];

interface Import {
  from: string;
  line: number;
  /** A path of ours, or a package as written. */
  to: string;
  ours: boolean;
  type: boolean;
}

/** Who may hold SQL: nobody else names a table. */
const statementsIn = ['db/', 'embedded/postgres/client.ts', 'test/', 'bench/'];
const databasePackages = ['postgres', 'drizzle-orm'];

/** Everything that is wrong with these files (path → source), as lines for people. */
export function violations(files: ReadonlyMap<string, string>): string[] {
  const parsed = [...files].map(([path, source]) => ({ path, source, ...parse(path, source) }));
  const imports = parsed.flatMap(importsOf);
  const broken = imports.flatMap((found) => {
    const rule = rules.find(({ from }) => from.some((place) => fits(place, found.from)));
    if (!rule) return [line(found, 'there is no rule for this file: give it one in test/support/arrows.ts')];
    return allows(rule, found) ? [] : [line(found, explain(rule, found))];
  });
  const strays = parsed.filter(({ path }) => !statementsIn.some((place) => fits(place, path)));
  return [
    ...new Set([...broken, ...strays.flatMap(statements), ...stowaways(imports), ...cycles(imports)]),
  ].sort();
}

function allows(rule: Rule, { from, to, ours, type }: Import): boolean {
  if (!ours)
    return !rule.packages || rule.packages.some((name) => fits(name, to) || to.startsWith(`${name}/`));
  const shared = folders(from).slice(0, rule.own ?? 1);
  const own =
    rule.own !== 0 && shared.length > 0 && `${folders(to).join('/')}/`.startsWith(`${shared.join('/')}/`);
  const places = [...(rule.to ?? []), ...(type ? (rule.types ?? []) : [])];
  return own || places.some((place) => fits(place, to));
}

const folders = (path: string) => path.split('/').slice(0, -1);

function explain(rule: Rule, { ours, type }: Import): string {
  const who = rule.from.join(', ');
  if (!ours) return `of packages, ${who} may import ${rule.packages?.join(', ')}`;
  const places = [...(rule.to ?? []), ...(rule.types ?? []).map((place) => `types of ${place}`)];
  return `${type ? 'even as a type, ' : ''}${who} may import ${places.join(', ') || 'nothing else of ours'}`;
}

const line = ({ from, line, to }: Import, why: string) => `${from}:${line} → ${to}: ${why}`;

/** Packages that come into the workflow bundle with any file of ours that workflows load. */
function stowaways(imports: Import[]): string[] {
  const loaded = imports.filter(({ type }) => !type);
  const reached = new Set(loaded.map(({ from }) => from).filter((path) => path.startsWith('workflows/')));
  // A set that grows while it is walked is walked to its end.
  for (const path of reached)
    for (const { from, to, ours } of loaded) if (from === path && ours) reached.add(to);
  return loaded
    .filter(
      ({ from, to, ours }) =>
        !ours && reached.has(from) && !from.startsWith('workflows/') && !deterministic.includes(to),
    )
    .map((found) => line(found, `workflows load this file, and may hold ${deterministic.join(', ')} only`));
}

/** Each ring of files that load each other; types may go in rings, for nothing is loaded. */
function cycles(imports: Import[]): string[] {
  const next = new Map<string, string[]>();
  for (const { from, to, ours, type } of imports)
    if (ours && !type) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const rings: string[] = [];
  const visit = (path: string, trail: string[]) => {
    const start = trail.indexOf(path);
    if (start >= 0) rings.push(`${[...trail.slice(start), path].join(' → ')}: a cycle`);
    if (start >= 0 || done.has(path)) return;
    for (const to of next.get(path) ?? []) visit(to, [...trail, path]);
    done.add(path);
  };
  for (const path of next.keys()) visit(path, []);
  return rings;
}

function fits(place: string, path: string): boolean {
  if (place.endsWith('/')) return path.startsWith(place);
  if (!place.includes('*')) return place === path;
  const pattern = place
    .split(/(\*\*|\*)/)
    .map((part) =>
      part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'),
    );
  return new RegExp(`^${pattern.join('')}$`).test(path);
}

function parse(path: string, source: string) {
  const { module, program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  return { module, program };
}

interface Parsed extends ReturnType<typeof parse> {
  path: string;
  source: string;
}

/** SQL in a file that may hold none: a statement, or a client of the database that is no type. */
function statements({ path, source, program, module }: Parsed): string[] {
  const at = (start: number) => `${path}:${lineOf(source, start)}`;
  const clients = module.staticImports.filter(
    ({ moduleRequest: { value }, entries }) =>
      databasePackages.some((name) => value === name || value.startsWith(`${name}/`)) &&
      !entries.every(({ isType }) => isType),
  );
  return [
    ...tagged(program).map((start) => `${at(start)}: SQL lives in db/`),
    ...clients.map(({ start }) => `${at(start)}: only db/ talks to the database`),
  ];
}

/** Where a template is tagged with `sql`, `tx` or `….sql`, or says what a statement begins with. */
function tagged(node: unknown): number[] {
  if (Array.isArray(node)) return node.flatMap(tagged);
  if (!node || typeof node !== 'object') return [];
  const inside = Object.values(node).flatMap(tagged);
  const { type, start, tag, quasi } = node as {
    type?: string;
    start: number;
    tag?: { name?: string; property?: { name?: string } };
    quasi?: { quasis: { value: { raw: string } }[] };
  };
  if (type !== 'TaggedTemplateExpression') return inside;
  const name = tag?.property?.name ?? tag?.name ?? '';
  const begins = /^\s*(select|insert|update|delete|with|create|alter|drop|truncate|set)\s/i;
  return /^(sql|tx|orm)$/.test(name) || begins.test(quasi?.quasis[0]?.value.raw ?? '')
    ? [start, ...inside]
    : inside;
}

const lineOf = (source: string, start: number) => source.slice(0, start).split('\n').length;

function importsOf({ path, source, module, program }: Parsed): Import[] {
  const found: { name: string; start: number; type: boolean }[] = [
    ...module.staticImports.map(({ moduleRequest, entries, start }) => ({
      name: moduleRequest.value,
      start,
      type: entries.length > 0 && entries.every(({ isType }) => isType),
    })),
    ...module.staticExports.flatMap(({ entries, start }) =>
      entries.flatMap(({ moduleRequest, isType }) =>
        moduleRequest ? [{ name: moduleRequest.value, start, type: isType }] : [],
      ),
    ),
    ...expressions(program),
  ];
  return found.map(({ name, start, type }) => ({
    from: path,
    line: lineOf(source, start),
    to: name.startsWith('.') ? join(dirname(path), name) : name,
    ours: name.startsWith('.'),
    type,
  }));
}

/** `import('x')`, as a value or as a type. */
function expressions(node: unknown): { name: string; start: number; type: boolean }[] {
  if (Array.isArray(node)) return node.flatMap(expressions);
  if (!node || typeof node !== 'object') return [];
  const { type, source, start } = node as { type?: string; source?: { value?: unknown }; start: number };
  const inside = Object.values(node).flatMap(expressions);
  if ((type !== 'ImportExpression' && type !== 'TSImportType') || typeof source?.value !== 'string')
    return inside;
  return [{ name: source.value, start, type: type === 'TSImportType' }, ...inside];
}
