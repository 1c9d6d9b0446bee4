import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { markdown, plain, type Section } from './table.ts';

const path = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));

export function print(section: Section): void {
  console.log(`\n${section.title}\n${section.how}\n`);
  for (const table of section.tables) console.log(`${plain(table)}\n`);
}

/** Each part has its own place in the document and is one run: figures are compared inside a part, never across. */
export function write(section: Section): void {
  const text = readFileSync(path, 'utf8');
  const [start, end] = [`<!-- ${section.part} -->`, `<!-- /${section.part} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < 0) throw new Error(`docs/benchmarks.md has no place for ${section.part}`);
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`;
  const body = [
    start,
    `## ${section.title}`,
    section.how,
    ...section.tables.map(markdown),
    section.after ?? '',
    `*${new Date().toISOString().slice(0, 10)}, ${machine}.*`,
  ].filter((part) => part !== '');
  writeFileSync(path, `${text.slice(0, from)}${body.join('\n\n')}\n${text.slice(to)}`);
}
