import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { startHaloPsa } from '../../simulators/halopsa/server.ts';

const folder = mkdtempSync(join(tmpdir(), 'halo-state-'));
const stateFile = join(folder, 'state.jsonl');
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function control(url: string, name: string, body: unknown = {}) {
  const answer = await fetch(`${url}/__control/do/${name}`, { method: 'POST', body: JSON.stringify(body) });
  return (await answer.json()) as Record<string, unknown> & { id: number }[];
}

it('finds everything again after it was killed, and gives no id twice', async () => {
  const dump = async (url: string) =>
    Promise.all(
      ['clients', 'licences', 'links', 'sites', 'users'].map((what) => control(url, 'dump', { what })),
    );
  const first = await startHaloPsa({ customers: 40, stateFile });
  const { id: client } = (await control(first.url, 'addClient', { name: 'Kept Ltd' })) as never as {
    id: number;
  };
  const link = { third_party_id: 'XSP1', third_party_type: 'test' };
  const licence = { name: 'M365', client_id: client, count: 3, new_external_link: link };
  const { id: one } = (await control(first.url, 'addLicence', licence)) as never as { id: number };
  const { id: gone } = (await control(first.url, 'addLicence', licence)) as never as { id: number };
  await control(first.url, 'setLicence', { id: one, patch: { count: 5 } });
  await control(first.url, 'removeLicence', { id: gone });
  const before = await dump(first.url);
  // Nothing is written at the end, so closing is as good as killing; and one line was being written.
  await first.close();
  appendFileSync(stateFile, '["clients",{"id":9');

  const second = await startHaloPsa({ customers: 40, stateFile });
  expect(await dump(second.url)).toEqual(before);
  expect(before[1]).toMatchObject([{ id: one, count: 5 }]);
  const { id: later } = (await control(second.url, 'addLicence', licence)) as never as { id: number };
  expect(later).toBeGreaterThan(gone);
  await second.close();
});
