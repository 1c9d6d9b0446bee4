import type { Environment } from '../security/environment.ts';

/** Where the embedded servers run: `platform-arch`, Linux with glibc. */
const promised = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64'];

export class PlatformNotPromised extends Error {
  override readonly name = 'PlatformNotPromised';
}

/** Stops at once where PostgreSQL and Temporal could not be started here and are not given either. */
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

/** musl's Linux is named apart: programs built for glibc do not run on it. */
function platformHere(): string {
  const here = `${process.platform}-${process.arch}`;
  if (process.platform !== 'linux') return here;
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime ? here : `${here}-musl`;
}
