import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyAudit } from '../db/audit/queries.ts';
import { connect } from '../db/client.ts';
import { readEnvironment } from '../security/environment.ts';
import { readJson } from './home.ts';

/**
 * `npm run audit:verify [-- <seq>:<hash>]`: checks that the audit is unchanged, up to a head stored before. Uses
 * DATABASE_URL, or else the database of a running `npm start`. Exit code 1 if the check fails.
 */
const known = /^(\d+):([\da-f]{64})$/.exec(process.argv[2] ?? '');
if (process.argv[2] && !known) throw new Error('Give the head as <seq>:<hash>, as it was printed.');
const sql = connect(databaseUrl(), { max: 1, name: 'tributary-audit', statementTimeoutMs: 0 });
try {
  const { ok, entries, head, broken } = await verifyAudit(
    sql,
    known && { seq: Number(known[1]), hash: known[2]! },
  );
  console.log(
    ok
      ? `The audit is intact: ${entries} entries, each following the one before.`
      : `The audit is NOT intact from entry ${broken!.seq} on. ${broken!.reason}`,
  );
  if (ok && head) console.log(`Head: ${head.seq}:${head.hash}`);
  process.exitCode = ok ? 0 : 1;
} finally {
  await sql.end({ timeout: 5 });
}

function databaseUrl(): string {
  const { databaseUrl, home } = readEnvironment();
  if (databaseUrl) return databaseUrl;
  const password = join(home, 'postgres-password');
  const { postgres: port } = readJson(home, 'ports.json');
  if (!existsSync(password) || !port)
    throw new Error(
      `No database in ${home}. Set DATABASE_URL, or TRIBUTARY_HOME to where npm start keeps it.`,
    );
  return `postgres://tributary:${readFileSync(password, 'utf8').trim()}@127.0.0.1:${port}/tributary`;
}
