import { queryOptions } from '@tanstack/react-query';
import type { Page } from './client.ts';
import { get } from './client.ts';
import type { RenewalAnswer, RenewalDayAnswer } from './types.ts';

export interface RenewalFilter {
  within?: string;
  integrationId?: string;
  autoRenew?: string;
  commitments?: string;
  day?: string;
  cursor?: string;
}

export const renewals = (filter: RenewalFilter) =>
  queryOptions({
    queryKey: ['renewals', filter],
    queryFn: ({ signal }) => get<Page<RenewalAnswer>>('/v1/renewals', { query: { ...filter }, signal }),
  });

export const renewalDays = ({ cursor: _, day: __, ...filter }: RenewalFilter) =>
  queryOptions({
    queryKey: ['renewal-days', filter],
    queryFn: ({ signal }) =>
      get<{ items: RenewalDayAnswer[] }>('/v1/renewals/days', { query: filter, signal }),
  });
