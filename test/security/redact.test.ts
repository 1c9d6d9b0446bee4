import { Writable } from 'node:stream';
import pino from 'pino';
import { expect, test } from 'vitest';
import { logOptions, redaction } from '../../security/redact.ts';

const secret = 'S3cr3t-value_that.must/not+show=';

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
