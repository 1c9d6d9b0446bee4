import { Connection } from '@temporalio/client';
import { noProxy } from '../temporal/client.ts';
import { registerSearchAttributes, type SearchAttributeKind } from '../temporal/register.ts';

export type { SearchAttributeKind };

/** Registers missing search attributes on the server at this address. */
export async function ensureSearchAttributes(
  address: string,
  wanted: Record<string, SearchAttributeKind>,
  namespace?: string,
): Promise<void> {
  const connection = await Connection.connect({ ...noProxy, address, connectTimeout: '10s' });
  try {
    await registerSearchAttributes(connection, wanted, namespace);
  } finally {
    await connection.close();
  }
}
