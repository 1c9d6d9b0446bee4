import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A program for `compile.test.ts`: it reads itself. */
const self = fileURLToPath(import.meta.url);
readFileSync(self);
if (process.argv[1] === self) console.log(`started ${self}`);
