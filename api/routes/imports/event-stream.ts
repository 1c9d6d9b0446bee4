import { EventEmitter } from 'node:events';
import type { Database } from '../../../db/client.ts';
import { getImport } from '../../../db/imports/imports.ts';
import { type EventRow, eventsAfter } from '../../../db/imports/queries.ts';

/** Wakes those who watch an import when PostgreSQL says that it has news; without that they look once a second. */
export interface ImportEvents {
  /** Resolves at news, after `ms`, or when the signal says so. */
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
    // postgres.js reconnects by itself; the first try may fail, then the next watcher tries again.
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
/** An id that is missing this long will not come: its writer rolled back. */
const gapMs = 3_000;

/** The import's events as server-sent text, from after `lastId` to the last `state`. */
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
  // Browsers ask again after this long when the connection breaks.
  yield 'retry: 2000\n\n';
  while (!signal.aborted) {
    // Read before the events, so that an import seen ended has shown all of them.
    const row = await getImport(db, importId);
    const rows = await eventsAfter(db, importId, sent);
    // Ids are given before their transaction commits, so a higher one may be seen first.
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
      // Ended without saying so, or said before `lastId`.
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
