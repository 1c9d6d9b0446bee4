import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

/** gRPC would go to our own server through the proxy that is meant for the world outside. */
export const noProxy = { channelArgs: { 'grpc.enable_http_proxy': 0 } };

export interface ConnectOptions {
  /** Where `TEMPORAL_ADDRESS` and the profile say nothing: the embedded server. */
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

/** A request of a person waits for Temporal this long, the SDK's retries included; then it is said to be away. */
export const within = <T>(client: Client, use: () => Promise<T>, ms = 5_000): Promise<T> =>
  client.withDeadline(Date.now() + ms, use);
