import type { SimRequest, SimResponse } from '../harness.ts';
import type { StellrState } from './state.ts';
import { isAlive, issue } from './tokens.ts';

const refuse = (status: number, error: string, error_description: string): SimResponse => ({
  status,
  body: { error, error_description },
});

export async function token(req: SimRequest, state: StellrState): Promise<SimResponse> {
  const { clientId, clientSecret, tokenSeconds, tokenDelayMs } = state.settings;
  if (tokenDelayMs) await new Promise((done) => setTimeout(done, tokenDelayMs));
  if (!req.headers['content-type']?.startsWith('application/x-www-form-urlencoded'))
    return refuse(400, 'invalid_request', 'the body must be form encoded');
  const form = new URLSearchParams(req.text);
  if (form.get('grant_type') !== 'client_credentials')
    return refuse(400, 'unsupported_grant_type', 'only client_credentials is supported');
  if (form.get('client_id') !== clientId || form.get('client_secret') !== clientSecret) {
    state.tokens.refused++;
    return refuse(401, 'invalid_client', 'client authentication failed');
  }
  const made = issue(state.tokens, tokenSeconds, state.clock());
  return {
    status: 200,
    body: { access_token: made.access, token_type: 'Bearer', expires_in: tokenSeconds },
  };
}

export function isAuthorised(req: SimRequest, state: StellrState): boolean {
  const access = /^Bearer +(.+)$/i.exec(req.headers.authorization ?? '')?.[1];
  return access !== undefined && isAlive(state.tokens, access, state.clock());
}
