import { Writable } from 'node:stream';
import pino from 'pino';
import { expect, test } from 'vitest';
import { newApiKey } from '../../security/api-key.ts';
import { newKeyRing, parseKeyRing } from '../../security/key-ring.ts';
import { logOptions, redaction, scrub } from '../../security/redact.ts';
import { seal } from '../../security/seal.ts';

const secret = 'S3cr3t-value_that.must/not+show=';

test.each([
  `Authorization: Bearer ${secret}`,
  `authorization: Basic ${secret}`,
  `{"headers":{"authorization":"Bearer ${secret}"}}`,
  `grant_type=refresh_token&refresh_token=${secret}&x=1`,
  `client_secret=${secret}`,
  `{"access_token":"${secret}","expires_in":7200}`,
  `{"refreshToken": "${secret}"}`,
  `{ apiKey: '${secret}' }`,
  `https://host/path?api_key=${secret}#a`,
  `apiKey: ${secret}`,
  `password="${secret}"`,
])('scrubs %s', (text) => {
  expect(scrub(text)).not.toContain('S3cr3t');
  expect(scrub(text)).toContain('[redacted]');
});

test('scrubs passwords in URLs, sealed texts and our own keys', () => {
  const sealed = seal(parseKeyRing(newKeyRing()), 'place', 'text');
  const text = `postgres://user:hunter2@host/db ${sealed} ${newApiKey()}`;
  expect(scrub(text)).toBe('postgres://[redacted]@host/db [redacted] [redacted]');
});

test('leaves what is no secret', () => {
  const text =
    'GET https://acme.halopsa.com/api/Client?page_no=1 answered 401; the token was refused at 12:30';
  expect(scrub(text)).toBe(text);
});

test('pino writes none of the secret fields', () => {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk, _, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  const log = pino({ redact: redaction }, stream);
  log.info({ credentials: { refreshToken: secret } });
  log.info({ connection: { apiKey: secret, name: 'kept' } });
  log.info({ req: { headers: { authorization: `Bearer ${secret}`, cookie: secret, 'x-api-key': secret } } });
  log.info({ a: { b: { accessToken: secret, client_secret: secret } } });
  expect(lines.join('')).not.toContain('S3cr3t');
  expect(lines.join('')).toContain('kept');
});

test('an error of a statement is logged without what the statement was given', () => {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk, _, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  const log = pino(logOptions, stream);
  const statement = Object.assign(new Error(`invalid input syntax for type uuid: "${secret}"`), {
    name: 'PostgresError',
    code: '22P02',
    query: 'select $1',
    parameters: [secret],
  });
  const typed = Object.assign(new Error(`Failed query: select $1\nparams: ${secret}`, { cause: statement }), {
    query: 'select $1',
    params: [secret],
  });
  log.warn({ err: typed }, 'failed');
  log.error({ err: new Error('outer', { cause: typed }) });
  expect(lines.join('')).not.toContain('S3cr3t');
  expect(JSON.parse(lines[0]!).err).toMatchObject({
    type: 'Error',
    stack: expect.stringContaining('redact.test.ts'),
    cause: { type: 'PostgresError', code: '22P02' },
  });
  expect(JSON.parse(lines[1]!).err.message).toBe('outer');
});
