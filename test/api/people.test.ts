import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { watchAgents } from '../../db/integrations/people.ts';
import { arrowsphere, halopsa, installation } from './installation.ts';

describe('people', () => {
  const it = installation();
  let id: string;
  let path: string;

  beforeAll(async () => {
    await it.app.ready();
  });
  beforeEach(async () => {
    id = (await it.call('POST', '/v1/connections', halopsa())).body.id;
    path = `/v1/connections/${id}`;
  });

  const someone = (id: string, name: string, email: string | null = null, extension: string | null = null) => ({
    id, name, email, extension,
  }); // biome-ignore format: a row
  const put = (items: unknown[], query = '') => it.call('PUT', `${path}/people${query}`, { items });
  const putCsv = (text: string, query = '') =>
    it.call('PUT', `${path}/people${query}`, text, { 'content-type': 'text/csv; charset=utf-8' });
  const people = async () => (await it.call('GET', `${path}/people`)).body.items;
  const map = (items: unknown[]) => it.call('PUT', `${path}/agent-mappings`, { items });
  const mappings = async () => (await it.call('GET', `${path}/agent-mappings`)).body.items;

  const agents = async (
    ...items: [id: string, name: string, email?: string | null, disabled?: boolean][]
  ) => {
    const rows = items.map(([id, name, email = null, disabled = false]) => ({ id, name, email, disabled }));
    await it.db.sql`
      insert into offers (connection_id, kind, items, as_of) values (${id}, 'agents', ${it.db.sql.json(rows)}, now())
      on conflict (connection_id, kind) do update set items = excluded.items`;
    // As an activity does after it read them.
    await watchAgents(it.db.sql, id);
  };
  const findings = async (state = 'open') =>
    (await it.call('GET', `/v1/findings?kind=agent-disabled&connectionId=${id}&state=${state}`)).body.items;

  test('are put and got as a whole', async () => {
    expect(await people()).toEqual([]);
    const list = [someone('2', 'Ann', 'ann@msp.example', '101'), someone('1', 'Bob')];
    expect((await put(list)).body).toMatchObject({ items: list, nextCursor: null, errors: [] });
    await put([someone('1', 'Robert', null, '007')]);
    expect(await people()).toEqual([someone('1', 'Robert', null, '007')]);
  });

  test('come as CSV, in whatever order and separator a spreadsheet writes', async () => {
    const text =
      '\uFEFFName;Extension;Ignored;E-Mail;ID;email\r\n"Doe; Jane";0017;x;;a-1; jane@msp.example \r\n\r\n';
    expect((await putCsv(text)).body.errors).toEqual([]);
    expect(await people()).toEqual([someone('a-1', 'Doe; Jane', 'jane@msp.example', '0017')]);
    expect((await putCsv('id,name\n7,Øyvind\n')).status).toBe(200);
    expect(await people()).toEqual([someone('7', 'Øyvind')]);
  });

  const bad = [
    'id,name,email,extension',
    '1,Ann,ann@msp.example,11',
    ',Nobody,,',
    '2,"Two',
    'lines",two@msp.example,12',
    '3,Carl,not an address,13',
    '1,Again,,14',
    '4,Dora,dora@msp.example',
    '5,Eve,,15',
  ].join('\n');

  test('every bad line is named by its number and nothing is kept', async () => {
    await put([someone('9', 'Before')]);
    const answer = await putCsv(bad);
    expect(answer.status).toBe(400);
    expect(answer.body.type).toBe('/problems/invalid-request');
    expect(answer.body.errors).toEqual([
      { pointer: '/lines/3/id', detail: 'line 3: must not be empty' },
      { pointer: '/lines/5/name', detail: 'line 5: must not hold control characters' },
      { pointer: '/lines/6/email', detail: 'line 6: must be an e-mail address' },
      { pointer: '/lines/7/id', detail: 'line 7: has the id of line 2' },
      { pointer: '/lines/8', detail: 'line 8: has 3 values for 4 columns' },
    ]);
    expect(await people()).toEqual([someone('9', 'Before')]);
  });

  test('with partial the good lines are kept and the bad ones named', async () => {
    const answer = await putCsv(bad, '?partial=true');
    expect(answer.status).toBe(200);
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toEqual([
      '/lines/3/id',
      '/lines/5/name',
      '/lines/6/email',
      '/lines/7/id',
      '/lines/8',
    ]);
    expect((await people()).map((one: { id: string }) => one.id)).toEqual(['1', '5']);
    const items = [someone('1', 'Ann'), { id: '2', name: 'Bob', email: 'x', more: 1 }];
    const json = await put(items, '?partial=true');
    expect(json.body.errors.map((error: { pointer: string }) => error.pointer)).toEqual([
      '/items/1/email',
      '/items/1/more',
    ]);
    // A list of which nothing is good would only empty what there is.
    expect((await put([{}], '?partial=true')).status).toBe(400);
    expect(await people()).toEqual([someone('1', 'Ann')]);
  });

  test('files that are no such list are refused', async () => {
    for (const text of ['', 'who,what\n1,2', 'id,name\n"1,Ann', 'id;name\n\xff'])
      expect((await putCsv(text, '?partial=true')).status, text).toBe(400);
    const latin = await it.app.inject({
      method: 'PUT',
      url: `${path}/people`,
      headers: { authorization: `Bearer ${it.key}`, 'content-type': 'text/csv' },
      payload: Buffer.from('id,name\n1,J\xfcrgen', 'latin1'),
    });
    expect(latin.json().errors[0].detail).toContain('UTF-8');
    expect((await it.call('PUT', `${path}/people`, 'id', { 'content-type': 'text/plain' })).status).toBe(400);
    expect((await it.call('POST', '/v1/connections', 'id', { 'content-type': 'text/csv' })).status).toBe(415);
  });

  test('are suggested an agent by equal e-mail, then by equal name', async () => {
    await put([
      someone('1', 'Ann Other', 'ANN@msp.example'),
      someone('2', 'bob  builder', 'bob@elsewhere.example'),
      someone('3', 'Carl Twin'),
      someone('4', 'Dana Kaya', 'dana@msp.example'),
      someone('5', 'Nobody'),
    ]);
    expect((await mappings())[0]).toMatchObject({ agentId: null, suggestedAgentId: null, reason: null });
    await agents(
      ['10', 'Ann', 'ann@msp.example'],
      ['11', 'Bob Builder', 'bob@msp.example'],
      ['12', 'Carl Twin'],
      ['13', 'Carl Twin'],
      ['14', 'Dana Kaya', 'dana@msp.example', true],
    );
    const found = await mappings();
    expect(found).toEqual([
      { personId: '1', agentId: null, suggestedAgentId: '10', reason: 'email' },
      { personId: '2', agentId: null, suggestedAgentId: '11', reason: 'name' },
      { personId: '3', agentId: null, suggestedAgentId: null, reason: 'ambiguous' },
      { personId: '4', agentId: null, suggestedAgentId: null, reason: null },
      { personId: '5', agentId: null, suggestedAgentId: null, reason: null },
    ]);
    // What was got can be put back.
    expect((await map(found)).status).toBe(200);
  });

  test('a mapping survives renames on both sides, and a person who is missing for a while', async () => {
    await agents(['10', 'Ann', 'ann@msp.example'], ['11', 'Bob']);
    await put([someone('1', 'Ann'), someone('2', 'Bob')]);
    expect((await map([{ personId: '1', agentId: '10' }])).body.items[0]).toMatchObject({ agentId: '10' });
    await put([someone('1', 'Ann Married'), someone('2', 'Bob')]);
    await agents(['10', 'Anne M.', 'am@msp.example'], ['11', 'Bob']);
    expect((await mappings())[0]).toMatchObject({ personId: '1', agentId: '10' });
    await put([someone('2', 'Bob')]);
    await map([{ personId: '2', agentId: '11' }]);
    await put([someone('1', 'Ann'), someone('2', 'Bob')]);
    expect((await mappings()).map((one: { agentId: string }) => one.agentId)).toEqual(['10', '11']);
    expect((await map([{ personId: '2', agentId: null }])).body.items).toMatchObject([
      { personId: '1', agentId: null },
      { personId: '2', agentId: null },
    ]);
  });

  test('a mapping to nobody is refused, each place named', async () => {
    await agents(['10', 'Ann']);
    await put([someone('1', 'Ann')]);
    const twice = [{ personId: '1', agentId: '10' }, { personId: '1', agentId: '99' }, { personId: '8', agentId: null }]; // biome-ignore format: a row
    const answer = await map(twice);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toEqual([
      '/items/1/personId',
      '/items/1/agentId',
      '/items/2/personId',
    ]);
    expect((await mappings())[0].agentId).toBeNull();
  });

  test('a disabled agent opens one finding, which ends when the agent or the mapping is mended', async () => {
    await agents(['10', 'Ann'], ['11', 'Bob']);
    await put([someone('1', 'Ann')]);
    await map([{ personId: '1', agentId: '10' }]);
    expect(await findings()).toEqual([]);
    await agents(['10', 'Ann', null, true], ['11', 'Bob']);
    await agents(['10', 'Ann', null, true], ['11', 'Bob']);
    const [finding, ...others] = await findings();
    expect(others).toEqual([]);
    expect(finding.message).toContain('Agent Ann is disabled');
    await agents(['10', 'Ann'], ['11', 'Bob']);
    expect(await findings()).toEqual([]);
    await agents(['11', 'Bob']);
    const [again] = await findings();
    expect(again.id).toBe(finding.id);
    expect(again.message).toContain('gone');
    await map([{ personId: '1', agentId: '11' }]);
    expect(await findings()).toEqual([]);
    expect(await findings('resolved')).toHaveLength(1);
  });

  test('belong to a destination with agents, and go with its ledger', async () => {
    const other = (await it.call('POST', '/v1/connections', arrowsphere())).body.id;
    for (const what of ['people', 'agent-mappings'])
      expect((await it.call('GET', `/v1/connections/${other}/${what}`)).body.type).toBe(
        '/problems/not-applicable',
      );
    expect((await it.call('GET', `/v1/connections/${crypto.randomUUID()}/people`)).status).toBe(404);
    expect((await it.call('GET', `${path}/people?x=1`)).status).toBe(400);
    await put([someone('1', 'Ann')]);
    expect((await it.call('DELETE', `${path}?purge=true`)).status).toBe(204);
    expect(await it.db.sql`select 1 from people where connection_id = ${id}`).toEqual([]);
  });
});
