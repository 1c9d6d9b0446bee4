import closeWithGrace from 'close-with-grace';
import pino from 'pino';
import { builtConsole } from '../console/build.ts';
import { openDatabase } from '../db/client.ts';
import { EnvironmentError, readEnvironment } from '../security/environment.ts';
import { logOptions } from '../security/redact.ts';
import { connectTemporal } from '../temporal/client.ts';
import { buildApp } from './app.ts';

/** The API alone, with servers running elsewhere: `npm run api`. */
async function main(): Promise<void> {
  const required = ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'TRIBUTARY_KEYS', 'TRIBUTARY_API_KEY'] as const;
  const environment = readEnvironment(process.env, [...required]);
  const log = pino({ level: environment.logLevel, ...logOptions });
  const db = openDatabase(environment.databaseUrl!, { name: 'tributary-api' });
  const temporal = await connectTemporal();
  const app = await buildApp({
    db,
    temporal,
    ring: environment.keys!,
    apiKey: environment.apiKey!,
    environment,
    consoleFolder: environment.consoleFolder ?? (await builtConsole()),
    log,
  });
  closeWithGrace(
    { delay: 10_000, logger: { error: (err) => log.error({ err }, 'closing') } },
    async ({ err }) => {
      if (err) log.error({ err }, 'closing');
      await app.close();
      await temporal.connection.close();
      await db.close();
    },
  );
  await app.listen({ host: environment.host, port: environment.port });
}

main().catch((error: unknown) => {
  // Errors in the settings are for people; any other error needs its stack.
  console.error(error instanceof EnvironmentError ? error.message : error);
  process.exit(1);
});
