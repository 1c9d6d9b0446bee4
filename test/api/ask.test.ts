import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, StillWorking } from '../../temporal/ask.ts';
import { taskQueue } from '../../temporal/ids.ts';
import { type Connected, type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';
import { installation } from './installation.ts';

describe('questions to the outside world', () => {
  let stack: Stack;
  let source: Connected<'arrowsphere'>;
  let destination: Connected<'halopsa'>;
  beforeAll(async () => {
    stack = await startStack();
    source = await stack.connect('arrowsphere');
    destination = await stack.connect('halopsa');
  });
  afterAll(() => stack?.close());

  test('a good connection passes its test and remembers whose it is', async () => {
    for (const { id } of [source, destination]) {
      const report = await stack.expect(200, 'POST', `/v1/connections/${id}/test`);
      expect(report).toMatchObject({ ok: true, message: expect.any(String) });
      expect(report.steps.length).toBeGreaterThan(0);
      const read = await stack.expect(200, 'GET', `/v1/connections/${id}`);
      expect(read.identity).toBeTruthy();
      expect(read.lastTest.ok).toBe(true);
    }
  });

  test('what the outside refuses is an answer, not an error', async () => {
    const made = await stack.expect(201, 'POST', '/v1/connections', {
      kind: 'arrowsphere',
      name: 'Wrong key',
      settings: source.settings,
      credentials: { apiKey: 'no-such-key' },
    });
    const report = await stack.expect(200, 'POST', `/v1/connections/${made.id}/test`);
    expect(report.ok).toBe(false);
    expect(report.steps.some((step: { state: string }) => step.state === 'failed')).toBe(true);
  });

  test('after a good test its agents are there, and people are suggested theirs at once', async () => {
    const fresh = await stack.connect('halopsa');
    const path = `/v1/connections/${fresh.id}`;
    expect((await stack.expect(200, 'GET', `${path}/agents`)).asOf).toBeNull();
    expect(await stack.expect(200, 'POST', `${path}/test`)).toMatchObject({ ok: true });
    const { items } = await stack.expect(200, 'GET', `${path}/agents`);
    expect(items.length).toBeGreaterThan(0);
    const agent = items.find(({ disabled }: { disabled: boolean }) => !disabled);
    await stack.expect(200, 'PUT', `${path}/people`, {
      items: [{ id: '1', name: agent.name, email: agent.email }],
    });
    const mappings = await stack.expect(200, 'GET', `${path}/agent-mappings`);
    expect(mappings.items[0].suggestedAgentId).toBe(agent.id);
  });

  test('a key that comes back as the account is no account, and is not shown', async () => {
    const key = 'xsp-key-that-is-echoed-4711';
    const echo = await stack.connect('arrowsphere');
    const { simulator } = echo;
    simulator.faults.add({
      path: 'whoami',
      times: -1,
      act: {
        do: 'respond',
        status: 200,
        body: { status: 200, data: { companyName: `Firm ${key}`, reference: key } },
      },
    });
    const made = await stack.expect(201, 'POST', '/v1/connections', {
      kind: 'arrowsphere',
      name: 'Echo',
      settings: echo.settings,
      credentials: { apiKey: key },
    });
    const report = await stack.expect(200, 'POST', `/v1/connections/${made.id}/test`);
    expect(report.ok).toBe(false);
    const listing = await stack.expect(202, 'POST', `/v1/connections/${made.id}/collections`, {
      kind: 'customers',
    });
    const path = `/v1/connections/${made.id}/collections/${listing.id}`;
    await waitFor(async () => (await stack.expect(200, 'GET', path)).state !== 'running', 'the listing');
    const seen = [
      report,
      await stack.expect(200, 'GET', `/v1/connections/${made.id}`),
      await stack.expect(200, 'GET', path),
    ];
    expect(JSON.stringify(seen)).not.toContain(key);
    expect(seen[1].identity).toBeNull();
  });

  test('what a destination offers is read again on request', async () => {
    destination = await stack.connect('halopsa');
    for (const what of ['top-levels', 'agents', 'clients']) {
      const path = `/v1/connections/${destination.id}/${what}`;
      expect((await stack.expect(200, 'GET', path)).asOf).toBeNull();
      const fresh = await stack.expect(200, 'GET', `${path}?refresh=true`);
      expect(Date.now() - Date.parse(fresh.asOf)).toBeLessThan(60_000);
      expect((await stack.expect(200, 'GET', path)).items).toEqual(fresh.items);
    }
  });

  test('customers and clients of exactly the same name are mapped', async () => {
    const id = await stack.integrate(source, destination);
    const made = await stack.expect(200, 'POST', `/v1/integrations/${id}/mappings/generate`);
    expect(made).toMatchObject({
      generated: expect.any(Number),
      ambiguous: expect.any(Number),
      unmatched: expect.any(Number),
    });
    const mapped = await stack.expect(200, 'GET', `/v1/integrations/${id}/mappings?state=mapped&limit=200`);
    expect(mapped.items.length).toBe(Math.min(made.generated, 200));
    for (const item of mapped.items) expect(item.clientName).toBe(item.customerName);
  });

  test('readyz is content', async () => {
    expect(await stack.expect(200, 'GET', '/readyz')).toEqual({ status: 'ready', missing: [] });
  });
});

describe('a question nobody answers in time', () => {
  const it = installation();

  test('continues, and the caller learns of it', async () => {
    const { workflowService: service } = it.temporal;
    const { namespace } = it.temporal.options;
    // A poller that never answers: all that a worker that hangs looks like.
    const poll = { namespace, taskQueue: { name: taskQueue }, identity: 'hanging' };
    const stop = new AbortController();
    const hanging = it.temporal
      .withAbortSignal(stop.signal, () =>
        it.temporal.withDeadline(Date.now() + 65_000, () => service.pollWorkflowTaskQueue(poll)),
      )
      .catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 500));
    const question = { what: 'test', subjectId: 'nobody', workflow: 'testConnection', input: {} };
    await expect(ask(it.temporal, question, 300)).rejects.toThrow(StillWorking);
    stop.abort();
    await hanging;
  });
});
