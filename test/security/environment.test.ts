import { expect, test } from 'vitest';
import { EnvironmentError, readEnvironment } from '../../security/environment.ts';
import { newKeyRing } from '../../security/key-ring.ts';

test('an empty environment gives the embedded stack on loopback', () => {
  expect(readEnvironment({})).toEqual({
    databaseUrl: null,
    temporalAddress: null,
    home: '.tributary',
    keys: null,
    apiKey: null,
    host: '127.0.0.1',
    port: 3000,
    answerLimit: 32 * 2 ** 20,
    retentionDays: 400,
    allowPrivateTargets: true,
    temporalUiUrl: null,
    consoleFolder: null,
    logLevel: 'info',
    inForce: expect.any(Array),
  });
});

test('a full environment is read', () => {
  const read = readEnvironment({
    DATABASE_URL: 'postgres://u:p@db:5432/tributary',
    TEMPORAL_ADDRESS: 'temporal:7233',
    TRIBUTARY_KEYS: newKeyRing('a'),
    TRIBUTARY_API_KEY: 'x'.repeat(24),
    HOST: '0.0.0.0',
    PORT: '8080',
    RETENTION_DAYS: '30',
    TEMPORAL_UI_URL: 'https://ui.example/',
    LOG_LEVEL: '',
  });
  expect(read).toMatchObject({ port: 8080, retentionDays: 30, temporalUiUrl: 'https://ui.example' });
  expect(read.keys?.writeId).toBe('a');
  expect(read.logLevel).toBe('info');
});

test('private targets are allowed where HOST is loopback, else only when said so', () => {
  const allowed = (source: Record<string, string>) => readEnvironment(source).allowPrivateTargets;
  expect(allowed({ HOST: 'localhost' })).toBe(true);
  expect(allowed({ HOST: '::1' })).toBe(true);
  expect(allowed({ HOST: '0.0.0.0' })).toBe(false);
  expect(allowed({ HOST: '0.0.0.0', ALLOW_PRIVATE_TARGETS: 'true' })).toBe(true);
  expect(allowed({ ALLOW_PRIVATE_TARGETS: 'false' })).toBe(false);
});

test('all problems are said at once, without what was given', () => {
  const given = {
    DATABASE_URL: 'mysql://hunter2',
    TEMPORAL_ADDRESS: 'hunter2',
    TRIBUTARY_KEYS: 'hunter2',
    TRIBUTARY_API_KEY: 'hunter2',
    PORT: 'hunter2',
    RETENTION_DAYS: '0',
    ALLOW_PRIVATE_TARGETS: 'hunter2',
    TEMPORAL_UI_URL: 'hunter2',
    LOG_LEVEL: 'hunter2',
  };
  const problems = (() => {
    try {
      readEnvironment(given);
    } catch (error) {
      expect((error as Error).message).not.toContain('hunter2');
      return (error as EnvironmentError).problems;
    }
  })();
  for (const name of Object.keys(given)) expect(problems?.join('\n')).toContain(name);
});

test('what a process cannot do without is named', () => {
  expect(() => readEnvironment({}, ['DATABASE_URL', 'TRIBUTARY_KEYS'])).toThrow(EnvironmentError);
  expect(() => readEnvironment({ PORT: 'x' }, ['DATABASE_URL'])).toThrow(
    /PORT[\s\S]*DATABASE_URL is not set/,
  );
});
