import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { pythonWith } from '../support/pip.ts';
import { installation, type Pair, pair } from './installation.ts';

/** A program that is not ours reads our OpenAPI and calls every route with what it may, and may not, be called with. */
const version = '4.32.5';
const it = installation();
let ends: Pair;
let found: Awaited<ReturnType<typeof pythonWith>>;
beforeAll(async () => {
  found = await pythonWith('schemathesis', version);
  ends = await pair(it);
});

/** Ids that are there, so that more than "not found" is reached; and what an installation without a worker answers. */
const settings = ({ sourceId, destinationId, integrationId }: Pair) => `
seed = 4711
max-failures = 20
continue-on-failure = true

[generation]
deterministic = true
max-examples = 8

[phases.stateful]
enabled = false

[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 503, 504]
# A schema cannot say which cursors, ids and dates there are, so what fits it may still be refused.
positive_data_acceptance.enabled = false
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 429, 431, "5xx"]
# Wrong keys are soon 429, which this knows nothing of.
ignored_auth.enabled = false

[[operations]]
include-path-regex = "^/v1/connections/.*(people|agent|clients|top-levels)"
parameters = { "path.id" = "${destinationId}" }

[[operations]]
include-path-regex = "^/v1/connections/.*(customers|subscriptions|collections|token)"
parameters = { "path.id" = "${sourceId}" }

[[operations]]
include-path-regex = "^/v1/integrations/.*/"
parameters = { "path.id" = "${integrationId}" }
`;

test('schemathesis finds no answer that the description does not promise', async (context) => {
  if ('missing' in found) {
    console.log(`Skipped: pip cannot install schemathesis ${version} here (${found.missing}).`);
    return context.skip();
  }
  await it.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = it.app.server.address() as AddressInfo;
  const folder = await mkdtemp(join(tmpdir(), 'schemathesis-'));
  const config = join(folder, 'schemathesis.toml');
  await writeFile(config, settings(ends));
  const { python } = found;
  const args = [
    ...[
      '-c',
      'from schemathesis.cli import schemathesis; schemathesis()',
      '--config-file',
      config,
      'run',
      `http://127.0.0.1:${port}/openapi.json`,
    ],
    ...['--header', `Authorization: Bearer ${it.key}`, '--include-path-regex', '^/(v1|healthz|problems)'],
    ...['--max-time', '40', '--no-color', '--workers', '2', '--request-timeout', '30'],
  ];
  const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) =>
    execFile(python, args, { cwd: folder, timeout: 240_000, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, output: stdout + stderr }),
    ),
  );
  await rm(folder, { recursive: true, force: true });
  const shown = output.split('\n').map((line) => line.slice(0, 300));
  expect(code, shown.slice(-200).join('\n')).toBe(0);
});
