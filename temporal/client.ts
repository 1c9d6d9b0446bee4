import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

/** Without this, gRPC to our own server would go through the proxy for outside traffic. */
export const noProxy = { channelArgs: { 'grpc.enable_http_proxy': 0 } };

export interface ConnectOptions {
  /** The embedded server, used if neither `TEMPORAL_ADDRESS` nor the profile names one. */
  address?: string;
}

/** Connects with Temporal's standard `TEMPORAL_*` variables and profiles. */
export async function connectTemporal({ address }: ConnectOptions = {}): Promise<Client> {
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await Connection.connect({
    ...connectionOptions,
    ...noProxy,
    address: connectionOptions.address ?? address,
    connectTimeout: '10s',
  });
  return new Client({ connection, namespace });
}

/** Limits how long a person's request waits for Temporal, SDK retries included, before it is reported unavailable. */
export const within = <T>(client: Client, use: () => Promise<T>, ms = 5_000): Promise<T> =>
  client.withDeadline(Date.now() + ms, use);
