import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectProblem } from '../support/problems.ts';
import { type Connected, type Stack, startStack } from '../support/stack.ts';

/** An installation whose worker is not running. */
let stack: Stack;
let arrow: Connected<'arrowsphere'>;
let halo: Connected<'halopsa'>;
let integration: string;
beforeAll(async () => {
  stack = await startStack({ worker: false });
  arrow = await stack.connect('arrowsphere', { customers: 2, subscriptions: 4 });
  halo = await stack.connect('halopsa', { customers: 2, clients: 'none' });
  integration = await stack.integrate(arrow, halo);
});
afterAll(() => stack?.close());

test('says so at once wherever the outside is needed', async () => {
  const calls = [
    ['POST', `/v1/connections/${arrow.id}/test`],
    ['POST', `/v1/integrations/${integration}/mappings/generate`],
    ['GET', `/v1/connections/${halo.id}/clients?refresh=true`],
    ['GET', `/v1/connections/${halo.id}/top-levels?refresh=true`],
    ['GET', `/v1/connections/${halo.id}/agents?refresh=true`],
  ] as const;
  for (const [method, path] of calls) {
    const began = performance.now();
    expectProblem(await stack.api(method, path), 503, 'no-worker');
    expect(performance.now() - began, path).toBeLessThan(5000);
  }
  // What is known without an outside system is answered.
  await stack.expect(200, 'GET', `/v1/connections/${arrow.id}/customers`);
  await stack.expect(200, 'GET', `/v1/integrations/${integration}/mappings`);
});

test('is not ready, and says what is missing', async () => {
  const { status, body } = await stack.api('GET', '/readyz', undefined, { authorization: '' });
  expect(status).toBe(503);
  expect(JSON.stringify(body)).toContain('worker');
  expect((await stack.api('GET', '/healthz')).status).toBe(200);
});

test('takes imports, which begin when a worker comes', async () => {
  const path = `/v1/integrations/${integration}/imports`;
  const asked = await stack.api('POST', path, { kind: 'customers', mode: 'preview' });
  expect(asked.status).toBe(202);
  expect(asked.body).toMatchObject({ state: 'running' });
  await stack.startWorker();
  expect(await stack.importEnds(asked.body.id)).toMatchObject({ state: 'completed' });
  expect((await stack.api('GET', '/readyz')).status).toBe(200);
});
