import { loadClientConnectConfig } from '@temporalio/envconfig';
import { type LogMetadata, NativeConnection, type Logger as SdkLogger } from '@temporalio/worker';
import type { Logger } from 'pino';

/** The worker's own connection, by the same `TEMPORAL_*` variables and profiles as the client's. */
export async function connectNatively(): Promise<NativeConnection> {
  const { address, tls, apiKey, metadata } = loadClientConnectConfig().connectionOptions;
  return await NativeConnection.connect({ address, tls, apiKey, metadata });
}

/** The SDK's lines in our log. Of their fields only ids and types: an error in them may quote anything. */
export function sdkLogger(log: Logger): SdkLogger {
  const fields = (meta?: LogMetadata) => ({ workflowId: meta?.workflowId, activityType: meta?.activityType });
  return {
    log: (_level, message) => log.info(message),
    trace: (message) => log.trace(message),
    debug: (message) => log.debug(message),
    info: (message) => log.debug(message),
    warn: (message, meta) => log.warn(fields(meta), message),
    error: (message, meta) => log.error(fields(meta), message),
  };
}
