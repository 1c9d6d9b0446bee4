import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import type { importSchema } from '../../api/routes/imports/schemas.ts';

export type Import = z.output<typeof importSchema>;

/** Calls Tributary's API like any client: HTTP, JSON and a key. */
export interface DemoApi {
  url: string;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  patch<T>(path: string, body: unknown): Promise<T>;
  /** The complete list, page by page. */
  list<T>(path: string): Promise<T[]>;
  /** The import's server-sent events to their end, resumed after a broken connection. */
  watch(importId: string): AsyncGenerator<ImportEvent>;
}

export type ImportEvent =
  | { type: 'progress'; data: Import['progress'] }
  | { type: 'state'; data: Pick<Import, 'state' | 'counts' | 'problem'> }
  | { type: 'item' | 'finding'; data: unknown };

/** The API refused, or did not answer. */
export class ApiFailed extends Error {
  override readonly name = 'ApiFailed';
}

export function demoApi(url: string, apiKey: string, signal: AbortSignal): DemoApi {
  const authorization = `Bearer ${apiKey}`;

  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    }).catch((error: Error) => {
      throw new ApiFailed(`${method} ${path} received no answer (${reasonOf(error)})`);
    });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text || 'null') as T;
    throw new ApiFailed(`${method} ${path} answered ${answer.status}: ${problemIn(text)}`);
  }

  async function list<T>(path: string): Promise<T[]> {
    const all: T[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const more = `limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
      const page: { items: T[]; nextCursor: string | null } = await call(
        'GET',
        `${path}${path.includes('?') ? '&' : '?'}${more}`,
      );
      all.push(...page.items);
      cursor = page.nextCursor;
    }
    return all;
  }

  async function* watch(importId: string): AsyncGenerator<ImportEvent> {
    const path = `/v1/imports/${importId}/events`;
    let last = '0';
    for (let failures = 0; failures < 20; await sleep(500, undefined, { signal })) {
      try {
        const answer = await fetch(`${url}${path}`, {
          headers: { authorization, accept: 'text/event-stream', 'last-event-id': last },
          signal,
        });
        if (answer.status === 204) return;
        if (!answer.ok || !answer.body)
          throw new ApiFailed(`${path} answered ${answer.status}: ${problemIn(await answer.text())}`);
        for await (const { id, type, data } of serverSentEvents(answer.body)) {
          last = id;
          failures = 0;
          const event = { type, data } as ImportEvent;
          yield event;
          if (event.type === 'state' && event.data.state !== 'running') return;
        }
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ApiFailed) throw error;
      }
      failures++;
    }
    throw new ApiFailed(`the events of the import (${path}) can no longer be read`);
  }

  return {
    url,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    patch: (path, body) => call('PATCH', path, body),
    list,
    watch,
  };
}

/** `id`, `event` and `data` of each event; our API sends each on one line. */
async function* serverSentEvents(body: ReadableStream<Uint8Array>) {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      const field = (name: string) =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      const [id, type, data] = [field('id'), field('event'), field('data')];
      if (id && type && data) yield { id, type, data: JSON.parse(data) as unknown };
    }
  }
}

function problemIn(text: string): string {
  try {
    const {
      title,
      detail,
      todo,
      errors = [],
    } = JSON.parse(text) as Record<string, string> & {
      errors?: { pointer: string; detail: string }[];
    };
    return [`${title}.`, detail, ...errors.map(({ pointer, detail }) => `${pointer} ${detail}.`), todo]
      .filter(Boolean)
      .join(' ');
  } catch {
    return text.slice(0, 300);
  }
}

const reasonOf = (error: Error): string => (error.cause as Error | undefined)?.message || error.message;
