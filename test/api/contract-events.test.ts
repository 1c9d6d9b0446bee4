import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectProblem, nobody } from '../support/problems.ts';
import { type Connected, type Stack, startStack } from '../support/stack.ts';

/** Events of an import and what needs a person, as design.md §5 promises them. */
let stack: Stack;
let arrow: Connected<'arrowsphere'>;
let halo: Connected<'halopsa'>;
let integration: string;
beforeAll(async () => {
  stack = await startStack();
  arrow = await stack.connect('arrowsphere', { customers: 6, subscriptions: 20 });
  halo = await stack.connect('halopsa', { customers: 6, clients: 'none' });
  integration = await stack.integrate(arrow, halo, { createClients: true, currency: 'USD' });
});
afterAll(() => stack?.close());

interface Event {
  id: number;
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: each event has its own
  data: any;
}

/** Reads to the end of the stream: it is the server that closes it. */
async function events(importId: string, headers: Record<string, string> = {}): Promise<Event[]> {
  const response = await fetch(`${stack.baseUrl}/v1/imports/${importId}/events`, {
    headers: { authorization: `Bearer ${stack.parts.apiKey}`, accept: 'text/event-stream', ...headers },
    signal: AbortSignal.timeout(60_000),
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(response.headers.get('cache-control')).toMatch(/no-(cache|store)/);
  const blocks = (await response.text()).split('\n\n').map((block) => block.split('\n'));
  const field = (lines: string[], name: string) =>
    lines
      .find((line) => line.startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  return blocks
    .filter((lines) => field(lines, 'data') !== undefined)
    .map((lines) => ({
      id: Number(field(lines, 'id')),
      event: field(lines, 'event') ?? '',
      data: JSON.parse(field(lines, 'data')!),
    }));
}

describe('the events of an import', () => {
  let id: string;
  let all: Event[];
  test('come while it runs, with rising ids, and end with its last state', async () => {
    arrow.simulator.faults.add({ path: 'customers', times: 1, act: { do: 'delay', ms: 1000 } });
    const path = `/v1/integrations/${integration}/imports`;
    id = (await stack.expect(202, 'POST', path, { kind: 'customers', mode: 'apply' })).id;
    all = await events(id);
    expect(all.length).toBeGreaterThan(2);
    for (const { event } of all) expect(event).toMatch(/^(progress|item|finding|state)$/);
    expect(all.map((event) => event.event)).toContain('progress');
    for (const [n, event] of all.entries())
      if (n > 0) expect(event.id, JSON.stringify(all)).toBeGreaterThan(all[n - 1]!.id);
    const last = all.at(-1)!;
    expect(last.event).toBe('state');
    expect(JSON.stringify(last.data)).toContain('"completed"');
    expect(await stack.expect(200, 'GET', `/v1/imports/${id}`)).toMatchObject({ state: 'completed' });
  });

  test('are told again from where a listener stopped', async () => {
    const after = all[Math.floor(all.length / 2)]!.id;
    const rest = all.filter((event) => event.id > after);
    expect(await events(id, { 'last-event-id': String(after) })).toEqual(rest);
    expect(await events(id)).toEqual(all);
    // Who has heard all hears no more, and is let go.
    const none = await fetch(`${stack.baseUrl}/v1/imports/${id}/events`, {
      headers: { authorization: `Bearer ${stack.parts.apiKey}`, 'last-event-id': String(all.at(-1)!.id) },
      signal: AbortSignal.timeout(20_000),
    });
    expect([200, 204]).toContain(none.status);
    expect(await none.text()).not.toMatch(/^data:/m);
  });

  test('are of an import that is there, and for who has the key', async () => {
    expectProblem(await stack.api('GET', `/v1/imports/${nobody}/events`), 404, 'not-found');
    expectProblem(await stack.api('GET', `/v1/imports/${id}/events`, undefined, { authorization: '' }), 401);
    const wrong = await stack.api('GET', `/v1/imports/${id}/events`, undefined, { 'last-event-id': 'x' });
    expectProblem(wrong, 400, 'invalid-request');
  });
});

describe('findings', () => {
  const list = async (query = '') =>
    (await stack.expect(200, 'GET', `/v1/findings?integrationId=${integration}${query}`)).items;

  test('tell what needs a person and what may be done', async () => {
    // This account bills in EUR, the integration is told USD.
    const { id } = await stack.importAndWait(integration, { kind: 'subscriptions' });
    const found = await list();
    expect(found.length).toBeGreaterThan(0);
    for (const finding of found) {
      expect(Object.keys(finding)).toEqual(
        expect.arrayContaining([
          ...['id', 'kind', 'key', 'integrationId', 'importId'],
          ...['subject', 'message', 'state', 'actions', 'openedAt'],
        ]),
      );
      expect(finding).toMatchObject({ integrationId: integration, importId: id, state: 'open' });
      for (const action of finding.actions)
        expect([
          'map',
          'create',
          'keepTheirs',
          'takeOurs',
          'deactivate',
          'approve',
          'reject',
          'dismiss',
        ]).toContain(action);
    }
    expect(await list('&state=open')).toEqual(found);
    expect(await list('&state=resolved')).toEqual([]);
    expect(await list(`&kind=${found[0].kind}`)).toEqual(expect.arrayContaining([found[0]]));
    expectProblem(await stack.api('GET', '/v1/findings?state=closed'), 400, 'invalid-request');
  });

  test('take only an action they name', async () => {
    const [finding] = await list();
    const resolve = (body: unknown) => stack.api('POST', `/v1/findings/${finding.id}/resolve`, body);
    for (const wrong of [{}, { action: 'explode' }, { action: 7 }, { action: 'dismiss', colour: 'red' }])
      expectProblem(await resolve(wrong), 400, 'invalid-request');
    const other = [
      'map',
      'create',
      'keepTheirs',
      'takeOurs',
      'deactivate',
      'approve',
      'reject',
      'dismiss',
    ].find((action) => !finding.actions.includes(action));
    const body = other === 'map' ? { action: other, clientId: '1' } : { action: other };
    expectProblem(await resolve(body), 409, 'not-applicable');
    expectProblem(
      await stack.api('POST', `/v1/findings/${nobody}/resolve`, { action: 'dismiss' }),
      404,
      'not-found',
    );
    expect((await list())[0]).toEqual(finding);
  });

  test('are muted until a day, with a reason, and resolved', async () => {
    const [finding] = await list();
    const act = (name: string, body: unknown) =>
      stack.api('POST', `/v1/findings/${finding.id}/${name}`, body);
    const until = new Date(Date.now() + 86_400_000).toISOString();
    for (const wrong of [
      {},
      { until },
      { reason: 'x' },
      { until: 'tomorrow', reason: 'x' },
      { until: '2020-01-01T00:00:00Z', reason: 'x' },
      { until, reason: '' },
    ])
      expectProblem(await act('mute', wrong), 400, 'invalid-request');
    const muted = await act('mute', { until, reason: 'Agreed with the customer' });
    expect(muted.status).toBe(200);
    expect(muted.body).toMatchObject({ id: finding.id, state: 'muted' });
    expect(await list('&state=muted')).toMatchObject([{ id: finding.id }]);
    expect(finding.actions).toContain('dismiss');
    const resolved = await act('resolve', { action: 'dismiss', reason: 'Known' });
    expect(resolved.status).toBe(200);
    expect(resolved.body).toMatchObject({ id: finding.id, state: 'resolved' });
    expectProblem(await act('resolve', { action: 'dismiss' }), 409, 'not-applicable');
    expectProblem(await act('mute', { until, reason: 'x' }), 409, 'not-applicable');
  });
});
