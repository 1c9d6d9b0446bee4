// `npm run check:arrows`: reads every TypeScript file of the tree and says which imports go against the arrows.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { violations } from './arrows.ts';

const root = resolve(import.meta.dirname, '../..');
const passedOver = new Set(['node_modules', 'dist', 'coverage']);

function read(folder: string): [string, string][] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || passedOver.has(entry.name)) return [];
    if (entry.isDirectory()) return read(path);
    if (!/\.tsx?$/.test(entry.name)) return [];
    return [[relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8')]];
  });
}

const files = new Map(read(root));
const wrong = violations(files);
for (const problem of wrong) console.error(problem);
console.log(wrong.length > 0 ? `arrows: ${wrong.length} wrong` : `arrows: ok, ${files.size} files`);
process.exitCode = wrong.length > 0 ? 1 : 0;
