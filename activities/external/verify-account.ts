import type { Connector } from '../../connectors/contract.ts';
import { rememberAccount } from '../../db/connections/connections.ts';
import { Failure } from '../../domain/failure.ts';
import { echoes } from '../../security/redact.ts';
import type { Deps } from '../deps.ts';
import type { ConnectionSession } from './gateway.ts';

/** By connection: the version of its settings and credentials whose account this process has verified for. */
const verified = new Map<string, { version: number; answer: Promise<void> }>();

/**
 * Before anything is listed or written: settings or credentials that reach another account than the connection was
 * made for are refused. Asked once a process and version, so that it costs no more than a call now and then.
 */
export function sameAccount(deps: Pick<Deps, 'db'>, session: ConnectionSession): Promise<void> {
  const { id, version } = session.connection;
  const known = verified.get(id);
  if (known?.version === version) return known.answer;
  const entry = { version, answer: ask(deps, session) };
  verified.set(id, entry);
  entry.answer.catch(() => {
    if (verified.get(id) === entry) verified.delete(id);
  });
  return entry.answer;
}

async function ask({ db: { sql } }: Pick<Deps, 'db'>, { connection, connector, context }: ConnectionSession) {
  const found = await (connector as Connector).identity(context);
  if (found !== null && echoes(found, context.credentials))
    throw new Failure('bad-answer', echoed, { retryable: false });
  const known = await rememberAccount(sql, connection.id, found);
  if (known === found) return;
  throw new Failure(
    'different-account',
    found === null
      ? `This connection belongs to ${known}, and what answers now does not tell its account.`
      : differs(known!, found),
    { remedy: remedy(known!, found), retryable: false },
  );
}

export const echoed =
  'The answer names the secret that was sent as the account, so it is not from the system itself. Check the base URL.';

export const differs = (known: string, found: string) =>
  `different-account: these credentials reach ${found}, but this connection belongs to ${known}.`;

export const remedy = (known: string, found: string | null) =>
  `Enter credentials of ${known}, or make a new connection${found ? ` for ${found}` : ''}.`;
