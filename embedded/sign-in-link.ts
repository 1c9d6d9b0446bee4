import { addSessionLink } from '../db/access/sessions.ts';
import { connect } from '../db/client.ts';
import { newSecret, secretHash } from '../security/api-key.ts';
import type { Stack } from './stack.ts';

/** How long a printed link can be used. */
export const linkMinutes = 15;

/** A URL that opens the console signed in, once. The part after `#` is never sent to a server or logged. */
export async function signInLink(stack: Pick<Stack, 'databaseUrl' | 'apiUrl' | 'apiKey'>): Promise<string> {
  const link = newSecret();
  const sql = connect(stack.databaseUrl, { max: 1, name: 'tributary-start' });
  try {
    await addSessionLink(
      { sql },
      {
        hash: secretHash(link),
        keyHash: secretHash(stack.apiKey),
        name: 'Start link',
        scopes: ['admin'],
        minutes: linkMinutes,
      },
    );
  } finally {
    await sql.end({ timeout: 5 });
  }
  return `${stack.apiUrl}/sign-in#link=${link}`;
}
