import { queryOptions, useMutation } from '@tanstack/react-query';
import { get, type Page, post } from './client.ts';
import { queries } from './queries.ts';
import type { SubscriptionDetail, SubscriptionLine } from './types.ts';

export interface SubscriptionFilter {
  search?: string;
  customerId?: string;
  status?: string;
  state?: string;
  sort?: string;
  cursor?: string;
}

export interface SubscriptionPage extends Page<SubscriptionLine> {
  facets?: Record<'status' | 'state', Record<string, number>>;
}

/** As last read on both sides, with counts by status and state. */
export const subscriptions = (integrationId: string, filter: SubscriptionFilter = {}) =>
  queryOptions({
    queryKey: ['subscriptions', integrationId, filter],
    queryFn: ({ signal }) =>
      get<SubscriptionPage>('/v1/integrations/{id}/subscriptions', {
        path: { id: integrationId },
        query: { ...filter, facets: true },
        signal,
      }),
  });

export const subscription = (integrationId: string, subscriptionId: string) =>
  queryOptions({
    queryKey: ['subscriptions', integrationId, 'one', subscriptionId],
    queryFn: ({ signal }) =>
      get<SubscriptionDetail>('/v1/integrations/{id}/subscriptions/{subscriptionId}', {
        path: { id: integrationId, subscriptionId },
        signal,
      }),
  });

/** Gives a field that a person kept for the PSA back to the distributor. */
export const useRelease = (integrationId: string, subscriptionId: string) =>
  useMutation({
    mutationFn: (field: string) =>
      post<{ released: string[] }>('/v1/integrations/{id}/subscriptions/{subscriptionId}/release', {
        path: { id: integrationId, subscriptionId },
        body: { fields: [field] },
      }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['subscriptions', integrationId] }),
  });
