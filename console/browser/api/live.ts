import { useEffect, useState } from 'react';
import { get, urlOf } from './client.ts';
import { queries } from './queries.ts';
import type { Import } from './types.ts';

const patience = 3;
const pollMs = 5_000;

/** How many items and findings were reported since the reader last took note. */
export interface News {
  items: number;
  findings: number;
}

/**
 * Updates `['imports', id]` from the import's events while it runs. The lists beside it do not change under the reader:
 * `news` counts what is new, `seen()` resets it. If the event stream keeps failing, the import is polled.
 */
export function useLiveImport(id: string, running: boolean): { news: News; seen(): void } {
  const [news, setNews] = useState<News>({ items: 0, findings: 0 });
  useEffect(() => {
    if (!running) return;
    return watchImport(id, {
      change: (part) =>
        queries.setQueryData<Import>(['imports', id], (known) => (known ? { ...known, ...part } : known)),
      report: (what) => setNews((known) => ({ ...known, [what]: known[what] + 1 })),
      // The final event: reload the import (counts, problem, completeness) and what it changed elsewhere.
      ended: () => {
        for (const noun of ['imports', 'overview', 'findings', 'mappings'])
          void queries.invalidateQueries({ queryKey: [noun] });
      },
    });
  }, [id, running]);
  return { news, seen: () => setNews({ items: 0, findings: 0 }) };
}

interface Watcher {
  change(part: Partial<Import>): void;
  report(what: keyof News): void;
  ended(): void;
}

/** Returns a function that stops it. */
function watchImport(id: string, { change, report, ended }: Watcher): () => void {
  const path = '/v1/imports/{id}/events';
  let source: EventSource | null = new EventSource(urlOf(path, { path: { id } }));
  let poll: ReturnType<typeof setInterval> | undefined;
  let failures = 0;
  const on = (type: string, act: (data: never) => void) =>
    source?.addEventListener(type, ({ data }: MessageEvent<string>) => {
      failures = 0;
      act(JSON.parse(data) as never);
    });
  const stop = () => {
    source?.close();
    source = null;
    clearInterval(poll);
  };

  on('progress', (progress: Partial<Import['progress']>) => {
    const known = queries.getQueryData<Import>(['imports', id])?.progress;
    if (known) change({ progress: { ...known, ...progress } });
  });
  on('item', () => report('items'));
  on('finding', () => report('findings'));
  on('state', ({ state }: { state: Import['state'] }) => {
    if (state === 'running') return;
    stop();
    ended();
  });
  source.onerror = () => {
    failures += 1;
    if (failures < patience && source?.readyState !== EventSource.CLOSED) return;
    source?.close();
    source = null;
    poll ??= setInterval(async () => {
      if (document.hidden) return;
      const now = await get<Import>('/v1/imports/{id}', { path: { id } }).catch(() => null);
      if (!now) return;
      change(now);
      if (now.state === 'running') return;
      stop();
      ended();
    }, pollMs);
  };
  return stop;
}
