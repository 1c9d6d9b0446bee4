import type { Environment } from '../security/environment.ts';

/** The platforms of the embedded servers: `platform-arch`; Linux with glibc. */
const promised = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64'];

export class PlatformNotPromised extends Error {
  override readonly name = 'PlatformNotPromised';
}

/** Stops at once if PostgreSQL and Temporal are not configured and cannot be started on this platform. */
export function requirePlatform(
  environment: Pick<Environment, 'databaseUrl' | 'temporalAddress'>,
  here: string = platformHere(),
): void {
  if (promised.includes(here) || (environment.databaseUrl && environment.temporalAddress)) return;
  const unset = [
    ...(environment.databaseUrl ? [] : ['DATABASE_URL (postgres://user:password@host:5432/database)']),
    ...(environment.temporalAddress ? [] : ['TEMPORAL_ADDRESS (host:7233)']),
  ];
  throw new PlatformNotPromised(
    `Tributary starts its own PostgreSQL and Temporal on ${promised.join(', ')}; this is ${here}. Set ${unset.join(' and ')} to servers that run elsewhere, then start again.`,
  );
}

/** Linux with musl is named separately, because programs built for glibc do not run on it. */
function platformHere(): string {
  const here = `${process.platform}-${process.arch}`;
  if (process.platform !== 'linux') return here;
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime ? here : `${here}-musl`;
}
