import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { temporal } from '@temporalio/proto';
import { type ReplayResult, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { report } from '../../db/findings/lifecycle.ts';
import { finding } from '../../domain/findings/finding.ts';
import { workflowBundle } from '../../temporal/bundle.ts';
import * as workflows from '../../workflows/index.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { waitFor } from '../support/wait.ts';

/**
 * Recorded histories guard workflows that are running while a new version is put in place. `RECORD=1 npx vitest run
 * test/replay` records those of today under their workflow's name; older ones stay, named after what they guard.
 */
const folder = new URL('./histories/', import.meta.url);

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

type History = temporal.api.history.v1.IHistory;
const { History: wire } = temporal.api.history.v1;

async function replayed(histories: { workflowId: string; history: History }[]): Promise<string[]> {
  const results = Worker.runReplayHistories({ workflowBundle: await workflowBundle() }, histories);
  const broken: string[] = [];
  for await (const { workflowId, error } of results as AsyncIterable<ReplayResult>) {
    if (error) broken.push(`${workflowId}: ${error.message}`);
  }
  return broken;
}

test('recorded histories of every workflow replay', async () => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.bin'));
  const recorded = new Set(names.map((name) => name.split('.')[0]));
  if (!process.env.RECORD) expect([...recorded].sort()).toEqual(Object.keys(workflows).sort());
  const histories = await Promise.all(
    names.map(async (name) => ({
      workflowId: name,
      history: wire.decode(await readFile(new URL(name, folder))),
    })),
  );
  expect(await replayed(histories)).toEqual([]);
});

test('what runs today replays', async () => {
  const arrow = await stack.connect('arrowsphere', { customers: 8, subscriptions: 20 });
  const ion = await stack.connect('streamone-ion', { customers: 3, subscriptions: 5 });
  const halo = await stack.connect('halopsa', { customers: 8, clients: 'most' });
  const integrationId = await stack.integrate(arrow, halo, { createClients: true });
  for (const { id } of [arrow, ion, halo]) await stack.expect(200, 'POST', `/v1/connections/${id}/test`);
  await stack.expect(200, 'GET', `/v1/connections/${halo.id}/top-levels?refresh=true`);
  await stack.expect(200, 'POST', `/v1/integrations/${integrationId}/mappings/generate`);
  await stack.importAndWait(integrationId, { kind: 'customers', mode: 'preview' });
  await stack.importAndWait(integrationId, { kind: 'customers' });
  await stack.importAndWait(integrationId, { kind: 'subscriptions' });
  const month = new Date(new Date().setUTCDate(0)).toISOString().slice(0, 7);
  await stack.expect(202, 'POST', `/v1/connections/${arrow.id}/charges`, { month });
  // A reply lost after the write: the timer between two read-backs is part of the history.
  await stack.expect(200, 'PUT', `/v1/integrations/${integrationId}/schedule`, {
    customers: true,
    subscriptions: true,
    every: 'PT6H',
  });
  await stack.expect(202, 'POST', `/v1/integrations/${integrationId}/schedule/trigger`);
  // A port nobody listens on: the history of a notice holds its tries.
  const notices = await stack.expect(201, 'POST', '/v1/notifications', {
    name: 'Nobody',
    channel: 'webhook',
    settings: { url: 'http://127.0.0.1:9/' },
    rules: { findings: {} },
  });
  await stack.expect(200, 'POST', `/v1/notifications/${notices.id}/test`);
  await report(stack.sql, [
    finding('reauth-required', {
      connectionId: ion.id,
      connectionName: 'Ion',
      connectionKind: 'streamone-ion',
      problem: 'The token is spent.',
    }),
  ]);
  await stack.temporal.workflow.execute('housekeeping', {
    workflowId: 'housekeeping/once',
    taskQueue: 'tributary',
  });

  const ionIntegration = await stack.integrate(ion, halo, { changes: 'auto' });
  await stack.importAndWait(ionIntegration, { kind: 'subscriptions', mode: 'preview' });
  const [seats] = (await stack.expect(200, 'GET', `/v1/connections/${ion.id}/subscriptions?status=active`))
    .items;
  await stack.expect(202, 'POST', `/v1/integrations/${ionIntegration}/changes`, {
    kind: 'quantity',
    subscriptionId: seats.id,
    quantity: String(Number(seats.quantity) + 1),
  });

  const ended = async () => {
    const types = new Set<string>();
    for await (const run of stack.temporal.workflow.list({ query: "ExecutionStatus = 'Completed'" }))
      types.add(run.type);
    return types.has('syncIntegration') && types.has('applyChange') && types.has('readCharges') && types;
  };
  await waitFor(ended, 'the scheduled sync to end');
  const histories = new Map<string, { workflowId: string; history: History; type: string }>();
  for await (const run of stack.temporal.workflow.list()) {
    const history = await stack.temporal.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    histories.set(`${run.type} ${run.workflowId} ${run.runId}`, {
      workflowId: run.workflowId,
      history,
      type: run.type,
    });
  }
  const types = new Set([...histories.values()].map(({ type }) => type));
  expect([...types].sort()).toEqual(Object.keys(workflows).sort());
  expect(await replayed([...histories.values()])).toEqual([]);
  if (process.env.RECORD) await record([...histories.values()]);
});

/** The longest history of each workflow, under its name. */
async function record(histories: { history: History; type: string }[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const longest = new Map<string, History>();
  for (const { type, history } of histories) {
    if ((history.events?.length ?? 0) > (longest.get(type)?.events?.length ?? 0)) longest.set(type, history);
  }
  for (const [type, history] of longest) {
    await writeFile(new URL(`${type}.bin`, folder), wire.encode(history).finish());
  }
}
