// `npm run docs`: writes the pages of docs/ that are generated from the source.
import { writeFileSync } from 'node:fs';
import { generatedPages } from './generated-pages.ts';

for (const [path, text] of generatedPages()) {
  writeFileSync(path, text);
  console.log(`${path} written`);
}
