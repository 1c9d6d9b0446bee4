import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const passedOver = new Set(['node_modules', 'dist', 'coverage']);

/** Every TypeScript file of the tree: path → source. */
export function sources(folder = root): Map<string, string> {
  return new Map(read(folder));
}

function read(folder: string): [string, string][] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.') || passedOver.has(entry.name)) return [];
    if (entry.isDirectory()) return read(path);
    if (!entry.name.endsWith('.ts')) return [];
    return [[relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8')]];
  });
}
