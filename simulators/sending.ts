import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { SimResponse } from './harness.ts';

/** How an answer leaves the simulator, correctly or not. Each stops early if the reader has disconnected. */
export const textOf = ({ body }: SimResponse): string =>
  body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);

function head(outgoing: ServerResponse, answer: SimResponse, length?: number, more = {}): void {
  outgoing.writeHead(answer.status, {
    ...(answer.body !== undefined && { 'content-type': 'application/json' }),
    ...(length !== undefined && answer.status !== 204 && { 'content-length': length }),
    ...answer.headers,
    ...more,
  });
}

export function send(outgoing: ServerResponse, answer: SimResponse): void {
  const text = textOf(answer);
  head(outgoing, text ? answer : { ...answer, body: undefined }, Buffer.byteLength(text));
  outgoing.end(text);
}

/** Half the body; then the connection is cut under a full content-length, or the answer ends as if complete. */
export function sendHalf(outgoing: ServerResponse, answer: SimResponse, how: 'cut' | 'whole'): void {
  const text = textOf(answer) || '{}';
  const half = text.slice(0, Math.floor(text.length / 2));
  head(outgoing, answer, Buffer.byteLength(how === 'cut' ? text : half));
  outgoing.write(half, () => (how === 'cut' ? outgoing.destroy() : outgoing.end()));
}

export async function sendDripping(outgoing: ServerResponse, answer: SimResponse, bytes: number, ms: number) {
  const whole = Buffer.from(textOf(answer));
  head(outgoing, answer, whole.length);
  for (let at = 0; at < whole.length && !outgoing.destroyed; at += bytes) {
    outgoing.write(whole.subarray(at, at + bytes));
    await wait(ms);
  }
  outgoing.end();
}

/** The answer without its last character, then whitespace until the reader disconnects. */
export async function sendEndlessly(outgoing: ServerResponse, answer: SimResponse, ms: number | undefined) {
  head(outgoing, answer);
  outgoing.write(textOf(answer).slice(0, -1));
  const blank = ' '.repeat(ms === undefined ? 65_536 : 1024);
  while (!outgoing.destroyed) {
    const room = outgoing.write(blank);
    if (ms !== undefined) await wait(ms);
    else if (!room) await drained(outgoing);
  }
}

export async function sendBig(outgoing: ServerResponse, answer: SimResponse, mib: number) {
  const text = textOf(answer);
  head(outgoing, answer, mib * mebibyte + Buffer.byteLength(text));
  for (let sent = 0; sent < mib && !outgoing.destroyed; sent++)
    if (!outgoing.write(blankMebibyte)) await drained(outgoing);
  outgoing.end(text);
}

/** A gzip file may have many members, so each MiB of whitespace costs a kilobyte and no work. */
export async function sendGzipped(outgoing: ServerResponse, answer: SimResponse, mib: number) {
  const text = gzipSync(textOf(answer));
  const blank = gzipSync(blankMebibyte, { level: 9 });
  head(outgoing, answer, mib * blank.length + text.length, { 'content-encoding': 'gzip' });
  for (let sent = 0; sent < mib && !outgoing.destroyed; sent++)
    if (!outgoing.write(blank)) await drained(outgoing);
  outgoing.end(text);
}

const drained = (outgoing: ServerResponse) =>
  new Promise<void>((resolve) => {
    const done = () => {
      outgoing.off('drain', done).off('close', done);
      resolve();
    };
    outgoing.once('drain', done).once('close', done);
    if (outgoing.destroyed) done();
  });

export const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const mebibyte = 1024 * 1024;
const blankMebibyte = Buffer.alloc(mebibyte, ' ');
