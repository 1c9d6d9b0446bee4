import { EventEmitter } from 'node:events';
import type { Database } from '../../../db/client.ts';
import { getImport } from '../../../db/imports/imports.ts';
import { type EventRow, eventsAfter } from '../../../db/imports/queries.ts';

/** Wakes an import's watchers when PostgreSQL notifies of news; without notifications they poll once a second. */
export interface ImportEvents {
  /** Resolves at news, after `ms`, or when the signal aborts. */
  wait(importId: string, ms: number, signal: AbortSignal): Promise<void>;
  /** Aborted when the API closes. */
  closing: AbortSignal;
  close(): Promise<void>;
}

export function createImportEvents({ sql }: Database): ImportEvents {
  const news = new EventEmitter().setMaxListeners(0);
  const closing = new AbortController();
  let listening: ReturnType<typeof sql.listen> | undefined;

  const listen = () => {
    // postgres.js reconnects by itself; if the first attempt fails, the next watcher tries again.
    listening ??= sql.listen('import_events', (importId) => news.emit(importId));
    listening.catch(() => {
      listening = undefined;
    });
  };

  return {
    closing: closing.signal,
    wait(importId, ms, signal) {
      listen();
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          news.off(importId, done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        news.once(importId, done);
        signal.addEventListener('abort', done);
        if (signal.aborted) done();
      });
    },
    async close() {
      closing.abort();
      await listening?.then(({ unlisten }) => unlisten()).catch(() => {});
    },
  };
}

const pollMs = 1_000;
const heartbeatMs = 15_000;
/** A missing id older than this will not come: its writer rolled back. */
const gapMs = 3_000;

/** The import's events as server-sent events, from after `lastId` to the final `state`. */
export async function* eventStream(
  db: Database,
  events: ImportEvents,
  importId: string,
  lastId: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let sent = lastId;
  let spokenAt = Date.now();
  let gapSince: number | null = null;
  // How soon a browser reconnects after the connection breaks.
  yield 'retry: 2000\n\n';
  while (!signal.aborted) {
    // Read before the events, so that all events of an ended import have been sent.
    const row = await getImport(db, importId);
    const rows = await eventsAfter(db, importId, sent);
    // Ids are assigned before their transaction commits, so a higher one may be visible first.
    const ripe: EventRow[] =
      gapSince !== null && Date.now() - gapSince > gapMs ? rows : contiguous(rows, sent);
    gapSince = ripe.length < rows.length ? (gapSince ?? Date.now()) : null;
    for (const event of ripe) {
      yield render(event);
      sent = event.id;
      spokenAt = Date.now();
      if (isLast(event)) return;
    }
    if (ripe.length > 0) continue;
    if (!row || (row.state !== 'running' && rows.length === 0)) {
      // It ended without a final event, or the event came before `lastId`.
      if (row) yield render({ id: Math.max(sent, 1), type: 'state', data: closingState(row) });
      return;
    }
    if (Date.now() - spokenAt > heartbeatMs) {
      yield ': still here\n\n';
      spokenAt = Date.now();
    }
    await events.wait(importId, pollMs, signal);
  }
}

function contiguous(rows: EventRow[], sent: number): EventRow[] {
  const end = rows.findIndex((row, index) => row.id !== sent + index + 1);
  return end === -1 ? rows : rows.slice(0, end);
}

const closingState = (row: NonNullable<Awaited<ReturnType<typeof getImport>>>) => ({
  state: row.state,
  counts: row.counts,
  problem: row.problem,
});

const isLast = ({ type, data }: Pick<EventRow, 'type' | 'data'>) =>
  type === 'state' && (data as { state?: string }).state !== 'running';

const render = ({ id, type, data }: Pick<EventRow, 'id' | 'type' | 'data'>) =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
