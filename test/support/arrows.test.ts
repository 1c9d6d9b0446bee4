import { expect, test } from 'vitest';
import { violations } from './arrows.ts';

const of = (files: Record<string, string>) => violations(new Map(Object.entries(files)));

test.each([
  ['domain/a.ts', `import { x } from '../db/client.ts';`],
  ['domain/a.ts', `import type { X } from '../db/client.ts';`],
  ['domain/a.ts', `import { type X } from '../db/client.ts';`],
  ['domain/a.ts', `export * from '../db/client.ts';`],
  ['domain/a.ts', `export type { X } from '../db/client.ts';`],
  ['domain/a.ts', `import '../db/client.ts';`],
  ['domain/a.ts', `export const x = () => import('../db/client.ts');`],
  ['domain/a.ts', `let x: import('../db/client.ts').X;`],
  ['domain/a.ts', `let x: typeof import('../db/client.ts');`],
  ['domain/a.ts', `import { readFile } from 'node:fs/promises';`],
  ['workflows/a.ts', `import { createActivities } from '../activities/index.ts';`],
  ['workflows/a.ts', `import type { X } from '../temporal/client.ts';`],
  ['workflows/a.ts', `import { z } from 'zod/v4';`],
  ['activities/a.ts', `import { buildApp } from '../api/app.ts';`],
  ['api/routes/a.ts', `import { arrowsphere } from '../../connectors/arrowsphere/index.ts';`],
  ['api/routes/a.ts', `import { baseUrl } from '../../connectors/contract.ts';`],
  ['api/routes/a.ts', `import { consolePages } from '../../console/serve.ts';`],
  ['api/app.ts', `import { consoleFiles } from '../console/build.ts';`],
  ['console/browser/parts/a.tsx', `import { itemSchema } from '../../../api/routes/imports/schemas.ts';`],
  ['console/browser/parts/a.tsx', `import { z } from 'zod';`],
  ['console/browser/a.tsx', `import type { Database } from '../../db/client.ts';`],
  ['connectors/arrowsphere/a.ts', `import type { X } from '../halopsa/wire.ts';`],
  ['connectors/arrowsphere/definition.ts', `import { client } from './client.ts';`],
  ['connectors/arrowsphere/a.ts', `import { arrowsphere } from '../index.ts';`],
  ['embedded/start.ts', `import { startHaloPsa } from '../simulators/halopsa/server.ts';`],
  ['simulators/halopsa/a.ts', `import type { Client } from '../../domain/customer.ts';`],
  ['simulators/halopsa/a.ts', `import { x } from '../arrowsphere/state.ts';`],
  ['security/a.ts', `import type { Sql } from '../db/client.ts';`],
  ['elsewhere/a.ts', `import '../domain/money.ts';`],
])('%s may not: %s', (path, source) => {
  expect(of({ [path]: `\n${source}` })).toEqual([expect.stringContaining(`${path}:2 → `)]);
});

test.each([
  ['workflows/a.ts', `import type { Activities } from '../activities/index.ts';`],
  ['workflows/a.ts', `import { taskQueue } from '../temporal/ids.ts';`],
  ['api/app.ts', `import { consolePages } from '../console/serve.ts';`],
  ['console/browser/parts/a.tsx', `import type { Import } from '../../../api/routes/imports/schemas.ts';`],
  ['console/browser/parts/a.tsx', `import { get } from '../api/client.ts';`],
  ['api/routes/a.ts', `import type { Kind } from '../../connectors/contract.ts';`],
  ['api/routes/a.ts', `import { auth } from '../auth.ts';`],
  ['connectors/arrowsphere/a.ts', `import { wire } from './wire.ts';`],
  ['embedded/demo/demo.ts', `import { startHaloPsa } from '../simulators/halopsa/server.ts';`],
  ['simulators/halopsa/a.ts', `import { serve } from '../harness.ts';`],
])('%s may: %s', (path, source) => {
  expect(of({ [path]: source })).toEqual([]);
});

test('a package that workflows load through another file is found', () => {
  const files = {
    'workflows/a.ts': `import { b } from '../domain/b.ts';`,
    'domain/b.ts': `import './c.ts'; import type { d } from './d.ts';`,
    'domain/c.ts': `import 'zod';`,
    'domain/d.ts': `import 'big.js';`,
  };
  expect(of(files).filter((line) => line.includes('workflows load'))).toEqual([
    expect.stringContaining('domain/c.ts:1 → zod'),
  ]);
});

test('files that load each other are found, types may refer to each other', () => {
  const ring = (kind: string) => ({
    'db/a.ts': `import { b } from './b.ts';`,
    'db/b.ts': `import ${kind} { a } from './a.ts';`,
  });
  expect(of(ring(''))).toEqual(['db/a.ts → db/b.ts → db/a.ts: a cycle']);
  expect(of(ring('type'))).toEqual([]);
});

test.each([
  ['activities/a.ts', 'await sql`select 1`;'],
  ['activities/a.ts', 'await deps.db.sql<{ n: number }[]>`analyze`;'],
  ['api/routes/a.ts', 'await db.begin((t) => t` update imports set state = 1`);'],
  ['temporal/a.ts', `import postgres from 'postgres';`],
  ['activities/a.ts', `import { eq } from 'drizzle-orm';`],
])('%s holds SQL: %s', (path, source) => {
  expect(of({ [path]: `\n${source}` })).toEqual([expect.stringContaining(`${path}:2: `)]);
});

test.each([
  ['db/imports/a.ts', 'await sql`select 1`;'],
  ['activities/a.ts', `import type { Sql } from 'postgres'; log.info(\`update \${name}\`);`],
])('%s may hold: %s', (path, source) => {
  expect(of({ [path]: source }).filter((line) => line.includes('SQL') || line.includes('db/'))).toEqual([]);
});
