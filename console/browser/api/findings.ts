import { queryOptions, useMutation } from '@tanstack/react-query';
import { get, type Page, post } from './client.ts';
import { queries } from './queries.ts';
import type { Finding } from './types.ts';

export interface FindingFilter {
  state?: string;
  kind?: string;
  integrationId?: string;
  importId?: string;
  /** A subscription, by the distributor's id. */
  externalId?: string;
}

/** How many findings each value of a filter matches. */
export type FindingFacets = Record<'state' | 'kind' | 'integrationId', Record<string, number>>;

type Listed = Page<Finding> & { facets?: FindingFacets };

/** As many as the page can group itself. */
const most = 2_000;

/** Newest first, up to 2,000. Polled while visible, because other people decide too. */
export const findings = (filter: FindingFilter = {}) =>
  queryOptions({
    queryKey: ['findings', filter],
    queryFn: async ({ signal }): Promise<Listed> => {
      const items: Finding[] = [];
      let cursor: string | null = '';
      let facets: FindingFacets | undefined;
      while (cursor !== null && items.length < most) {
        const query = { limit: 200, ...filter, cursor, ...(cursor ? {} : { facets: true }) };
        const page: Listed = await get<Listed>('/v1/findings', { query, signal });
        items.push(...page.items);
        facets ??= page.facets;
        cursor = page.nextCursor;
      }
      return { items, nextCursor: cursor, facets };
    },
    refetchInterval: 10_000,
  });

export const findingOf = (id: string) =>
  queryOptions({
    queryKey: ['findings', id],
    queryFn: ({ signal }) => get<Finding>('/v1/findings/{id}', { path: { id }, signal }),
    refetchInterval: 10_000,
  });

const renew = () =>
  Promise.all(
    ['findings', 'overview', 'mappings', 'subscriptions'].map((noun) =>
      queries.invalidateQueries({ queryKey: [noun] }),
    ),
  );

/** Acts on one finding after the other, and reloads once at the end. */
const useEach = <Answer>(act: (id: string, answer: Answer) => Promise<unknown>) =>
  useMutation({
    mutationFn: async ({ ids, answer }: { ids: string[]; answer: Answer }) => {
      for (const id of ids) await act(id, answer);
    },
    // It may have been refused because someone else was faster: show that.
    onSettled: renew,
  });

export interface Decision {
  action: string;
  clientId?: string;
  reason?: string;
}

export const useDecide = () =>
  useEach((id, body: Decision) => post('/v1/findings/{id}/resolve', { path: { id }, body }));

export const useMute = () =>
  useEach((id, body: { until: string; reason: string }) =>
    post('/v1/findings/{id}/mute', { path: { id }, body }),
  );

/** Undoes answers and mutes. */
export const useUndo = () => useEach((id, _: null) => post('/v1/findings/{id}/undo', { path: { id } }));
