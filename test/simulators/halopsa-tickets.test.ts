import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startHaloPsa } from '../../simulators/halopsa/server.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers of an outside system, looked into freely
type Loose = any;
let halo: Awaited<ReturnType<typeof startHaloPsa>>;
let bearer = '';
let client_id = 0;

async function signIn(scope: string) {
  const form = {
    grant_type: 'client_credentials',
    client_id: 'halo-demo',
    client_secret: 'halo-demo-secret',
  };
  const body = new URLSearchParams({ ...form, scope });
  bearer = ((await (await fetch(`${halo.url}/auth/token`, { method: 'POST', body })).json()) as Loose)
    .access_token;
}
async function call(path: string, sent?: unknown) {
  const answer = await fetch(`${halo.url}/api/${path}`, {
    method: sent === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: sent === undefined ? undefined : JSON.stringify(sent),
  });
  const text = await answer.text();
  return { status: answer.status, body: (text ? JSON.parse(text) : undefined) as Loose };
}
const ticket = (more: Loose = {}) => call('Tickets', [{ summary: 'Sync failed [T-1]', client_id, ...more }]);
const control = async (name: string, sent: unknown = {}): Promise<Loose> =>
  (await fetch(`${halo.url}/__control/do/${name}`, { method: 'POST', body: JSON.stringify(sent) })).json();

beforeEach(async () => {
  halo = await startHaloPsa({ clients: 'none' });
  await signIn('all');
  client_id = (await call('Client', [{ name: 'Our own company' }])).body.id;
});
afterEach(() => halo.close());

describe('tickets', () => {
  it('are created from an array, answered as one object, and found by their summary', async () => {
    const made = await ticket({ details: 'Three times', priority_id: 2, team: 'Projects' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      priority_id: 2,
      tickettype_id: 1,
      hasbeenclosed: false,
      team: 'Projects',
    });
    await ticket({ summary: 'Something else' });
    const { record_count, tickets } = (await call('Tickets?search_summary=%5BT-1%5D')).body;
    expect([record_count, tickets[0].id, tickets[0].client_name]).toEqual([
      1,
      made.body.id,
      'Our own company',
    ]);
    expect((await call(`Tickets/${made.body.id}?includedetails=true`)).body.details).toBe('Three times');
    expect((await call('Tickets?search=three')).body.record_count).toBe(1);
    expect((await control('counts')).tickets).toBe(2);
  });

  it('a lost reply leaves one behind', async () => {
    halo.faults.add({ method: 'POST', path: '/api/Tickets', act: { do: 'drop-reply' } });
    await expect(ticket()).rejects.toThrow();
    expect((await call('Tickets?search_summary=T-1')).body.record_count).toBe(1);
  });

  it('are refused without summary, client, known type or what their type demands', async () => {
    expect((await ticket({ summary: ' ' })).status).toBe(400);
    expect((await ticket({ client_id: 99_999 })).body.Message).toMatch(/does not exist/);
    expect((await ticket({ tickettype_id: 77 })).status).toBe(400);
    expect((await ticket({ priority_id: '2' })).status).toBe(400);
    expect((await ticket({ tickettype_id: 2 })).body).toMatch(/mandatory/);
    expect((await ticket({ tickettype_id: 2, details_html: '<p>x</p>' })).status).toBe(201);
    expect((await ticket({ tickettype_id: 2, _novalidate: true })).status).toBe(201);
    for (const noun of ['TicketType', 'Priority', 'Team'])
      expect((await call(noun)).body.length).toBeGreaterThan(1);
    await signIn('read:customers');
    expect((await ticket()).status).toBe(403);
  });

  it('take notes with an outcome, and are closed by people', async () => {
    const { id } = (await ticket()).body;
    const note = (more: Loose) => call('Actions', [{ ticket_id: id, note_html: 'Again', ...more }]);
    expect(await note({})).toMatchObject({ status: 400, body: 'An Outcome must be entered for this Action' });
    expect((await note({ outcome_id: 7, hiddenfromuser: true })).status).toBe(201);
    expect((await call(`Actions?ticket_id=${id}`)).body.actions).toMatchObject([{ note_html: 'Again' }]);
    await control('closeTicket', { id });
    expect((await call(`Tickets/${id}`)).body.hasbeenclosed).toBe(true);
    expect((await call('Tickets?open_only=true')).body.record_count).toBe(0);
  });
});
