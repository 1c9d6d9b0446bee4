import { loadClientConnectConfig } from '@temporalio/envconfig';
import { type LogMetadata, NativeConnection, type Logger as SdkLogger } from '@temporalio/worker';
import type { Logger } from 'pino';

/** The worker's own connection, configured by the same `TEMPORAL_*` variables and profiles as the client's. */
export async function connectNatively(): Promise<NativeConnection> {
  const { address, tls, apiKey, metadata } = loadClientConnectConfig().connectionOptions;
  return await NativeConnection.connect({ address, tls, apiKey, metadata });
}

/** Forwards the SDK's log lines, with ids and types only: an error among their fields may quote personal data. */
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
