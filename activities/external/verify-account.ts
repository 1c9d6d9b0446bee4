import type { Connector } from '../../connectors/contract.ts';
import { rememberAccount } from '../../db/connections/connections.ts';
import { Failure } from '../../domain/failure.ts';
import { echoes } from '../../security/redact.ts';
import type { Deps } from '../deps.ts';
import type { ConnectionSession } from './gateway.ts';

/** By connection id: the version of its settings and credentials whose account this process has verified. */
const verified = new Map<string, { version: number; answer: Promise<void> }>();

/**
 * Before listing or writing: refuses settings or credentials that reach a different account than the connection's.
 * Checked once per process and version, so that it costs hardly any calls.
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
      ? `This connection belongs to ${known}, but the system that answers now does not say which account it is.`
      : differs(known!, found),
    { remedy: remedy(known!, found), retryable: false },
  );
}

export const echoed =
  'The answer gives the secret we sent as its account, so it does not come from the system itself. Check the base URL.';

export const differs = (known: string, found: string) =>
  `different-account: these credentials reach ${found}, but this connection belongs to ${known}.`;

export const remedy = (known: string, found: string | null) =>
  `Enter credentials of ${known}, or make a new connection${found ? ` for ${found}` : ''}.`;
