import { beforeAll, describe, expect, test } from 'vitest';
import { emit, endImport } from '../../db/imports/progress.ts';
import { installation, pair } from './installation.ts';

describe('import events', () => {
  const it = installation();
  let origin: string;
  beforeAll(async () => {
    origin = await it.app.listen({ port: 0, host: '127.0.0.1' });
  });

  const startImport = async () => {
    const { integrationId } = await pair(it);
    return (await it.call('POST', `/v1/integrations/${integrationId}/imports`, { kind: 'customers' })).body
      .id as string;
  };
  const open = (id: string, last?: number) =>
    fetch(`${origin}/v1/imports/${id}/events`, {
      headers: {
        authorization: `Bearer ${it.key}`,
        ...(last === undefined ? {} : { 'last-event-id': `${last}` }),
      },
    });
  const parse = (text: string) =>
    [...text.matchAll(/^id: (\d+)\nevent: (\w+)\ndata: (.*)$/gm)].map(([, id, type, data]) => ({
      id: Number(id),
      type,
      data: JSON.parse(data!),
    }));
  const finish = (importId: string) => endImport(it.db.sql, { importId, problem: null, cancelled: false });

  test('arrive as they happen, in order, and end with the last state', async () => {
    const id = await startImport();
    await emit(it.db.sql, id, 'state', [{ state: 'running' }]);
    const response = await open(id);
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const text = response.text();
    await emit(it.db.sql, id, 'progress', [{ received: 1 }, { received: 2 }]);
    await emit(it.db.sql, id, 'item', [{ outcome: 'applied' }]);
    await finish(id);
    const events = parse(await text);
    expect(events.map((event) => event.id)).toEqual([1, 2, 3, 4, 5]);
    expect(events.map((event) => event.type)).toEqual(['state', 'progress', 'progress', 'item', 'state']);
    expect(events.at(-1)?.data.state).toBe('completed');
  });

  test('are replayed from Last-Event-ID; when all were sent, 204 ends the asking', async () => {
    const id = await startImport();
    await emit(it.db.sql, id, 'progress', [{ received: 1 }, { received: 2 }]);
    await finish(id);
    expect(parse(await (await open(id, 1)).text()).map((event) => event.id)).toEqual([2, 3]);
    expect((await open(id, 3)).status).toBe(204);
    const bad = await it.call('GET', `/v1/imports/${id}/events`, undefined, { 'last-event-id': 'x' });
    expect([bad.status, bad.body.errors[0].pointer]).toEqual([400, '/last-event-id']);
  });

  test('one seen before an earlier one is committed waits for it', async () => {
    const id = await startImport();
    await emit(it.db.sql, id, 'progress', [{ received: 1 }, { received: 2 }]);
    await it.db.sql`update import_events set id = id + 100 where import_id = ${id} and id = 1`;
    const text = open(id).then((response) => response.text());
    await new Promise((resolve) => setTimeout(resolve, 500));
    await it.db.sql`update import_events set id = id - 100 where import_id = ${id} and id > 100`;
    await finish(id);
    expect(parse(await text).map((event) => event.id)).toEqual([1, 2, 3]);
  });

  test('of an import that ended silently still end', async () => {
    const id = await startImport();
    await it.db.sql`update imports set state = 'failed', finished_at = now() where id = ${id}`;
    const events = parse(await (await open(id)).text());
    expect(events.map(({ type, data }) => [type, data.state])).toEqual([['state', 'failed']]);
  });

  test('closing the API ends open streams', async () => {
    const id = await startImport();
    const text = open(id).then((response) => response.text());
    await new Promise((resolve) => setTimeout(resolve, 300));
    const began = Date.now();
    await it.app.close();
    await text;
    expect(Date.now() - began).toBeLessThan(5_000);
  });
});
