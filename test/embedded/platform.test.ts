import { expect, test } from 'vitest';
import { PlatformNotPromised, requirePlatform } from '../../embedded/platform.ts';

const own = { databaseUrl: 'postgres://db/tributary', temporalAddress: 'temporal:7233' };
const none = { databaseUrl: null, temporalAddress: null };

test('elsewhere it is said at once what to set', () => {
  expect(() => requirePlatform(none)).not.toThrow();
  expect(() => requirePlatform(none, 'darwin-arm64')).not.toThrow();
  expect(() => requirePlatform(own, 'linux-x64-musl')).not.toThrow();
  for (const here of ['linux-x64-musl', 'freebsd-x64', 'win32-arm64'])
    expect(() => requirePlatform(none, here)).toThrow(
      expect.objectContaining({
        name: PlatformNotPromised.name,
        message: expect.stringMatching(
          new RegExp(`this is ${here}\\. Set DATABASE_URL .* and TEMPORAL_ADDRESS`),
        ),
      }),
    );
  expect(() => requirePlatform({ ...none, databaseUrl: own.databaseUrl }, 'freebsd-x64')).toThrow(
    /Set TEMPORAL_ADDRESS/,
  );
});
