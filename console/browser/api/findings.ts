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

/** As many as a page can group by itself. */
const most = 2_000;

/** Newest first, up to 2,000 together. Asked again while it is looked at: other people decide, too. */
export const findings = (filter: FindingFilter = {}) =>
  queryOptions({
    queryKey: ['findings', filter],
    queryFn: async ({ signal }): Promise<Page<Finding>> => {
      const items: Finding[] = [];
      let cursor: string | null = '';
      while (cursor !== null && items.length < most) {
        const page: Page<Finding> = await get<Page<Finding>>('/v1/findings', {
          query: { limit: 200, ...filter, cursor },
          signal,
        });
        items.push(...page.items);
        cursor = page.nextCursor;
      }
      return { items, nextCursor: cursor };
    },
    refetchInterval: 10_000,
  });

const renew = () =>
  Promise.all(
    ['findings', 'overview', 'subscriptions'].map((noun) => queries.invalidateQueries({ queryKey: [noun] })),
  );

export interface Decision {
  id: string;
  action: string;
  clientId?: string;
  reason?: string;
}

export const useDecide = () =>
  useMutation({
    mutationFn: ({ id, ...body }: Decision) =>
      post<Finding>('/v1/findings/{id}/resolve', { path: { id }, body }),
    // Refused perhaps because another person was faster: then that is what should be seen.
    onSettled: renew,
  });

export const useMute = () =>
  useMutation({
    mutationFn: ({ id, ...body }: { id: string; until: string; reason: string }) =>
      post<Finding>('/v1/findings/{id}/mute', { path: { id }, body }),
    onSettled: renew,
  });
