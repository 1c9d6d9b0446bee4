import { queryOptions, useMutation } from '@tanstack/react-query';
import { get, type Page, post } from './client.ts';
import { queries } from './queries.ts';
import type { Change, ChangeEstimate } from './types.ts';

/** The changes a distributor supports for one subscription. A quantity is the resulting total. */
export interface Wanted {
  kind: 'quantity' | 'auto-renew' | 'cancel' | 'suspend' | 'activate';
  subscriptionId: string;
  quantity?: string;
  autoRenew?: boolean;
}

/** Requested changes, newest first. */
export const changesOf = (integrationId: string, subscriptionId: string) =>
  queryOptions({
    queryKey: ['changes', integrationId, subscriptionId],
    queryFn: ({ signal }) =>
      get<Page<Change>>('/v1/integrations/{id}/changes', {
        path: { id: integrationId },
        query: { subscriptionId, limit: 20 },
        signal,
      }),
    refetchInterval: ({ state }) =>
      state.data?.items.some(({ state }) => moving.includes(state)) ? 3_000 : false,
  });

const moving: Change['state'][] = ['approved', 'placing', 'placed'];

/** Its cost, or why it would be refused; null while nothing is entered. */
export const estimateOf = (integrationId: string, wanted: Wanted | null) =>
  queryOptions({
    queryKey: ['changes', integrationId, 'estimate', wanted],
    queryFn: ({ signal }) =>
      post<ChangeEstimate>('/v1/integrations/{id}/changes/estimate', {
        path: { id: integrationId },
        body: wanted,
        signal,
      }),
    enabled: wanted !== null,
    staleTime: 0,
  });

export const useAskForChange = (integrationId: string) =>
  useMutation({
    mutationFn: (body: Wanted) =>
      post<Change>('/v1/integrations/{id}/changes', { path: { id: integrationId }, body }),
    onSuccess: () =>
      Promise.all(
        ['changes', 'approvals', 'subscriptions'].map((noun) =>
          queries.invalidateQueries({ queryKey: [noun] }),
        ),
      ),
  });
