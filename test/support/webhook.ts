import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

// biome-ignore lint/suspicious/noExplicitAny: each test knows the payload it waits for
type Payload = any;

export interface Received {
  headers: IncomingHttpHeaders;
  payload: Payload;
}

/** Somebody's end of a webhook, as a stranger writes it: with the library of Standard Webhooks and nothing of ours. */
export interface Receiver {
  url: string;
  /** What came and was signed well. */
  received: Received[];
  /** What came and was not. */
  forged: number;
  /** How it answers; 204 unless a test says otherwise. */
  answer: (response: ServerResponse, place: number) => void;
  close(): Promise<unknown>;
}

export async function startReceiver(secret: string): Promise<Receiver> {
  const verifier = new Webhook(secret);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      try {
        const payload = verifier.verify(Buffer.concat(chunks), request.headers as Record<string, string>);
        receiver.received.push({ headers: request.headers, payload });
      } catch {
        receiver.forged++;
      }
      receiver.answer(response, receiver.received.length);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`,
    received: [],
    forged: 0,
    answer: (response) => void response.writeHead(204).end(),
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  };
  return receiver;
}
