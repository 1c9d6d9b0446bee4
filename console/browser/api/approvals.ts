import { queryOptions, useMutation } from '@tanstack/react-query';
import { get, type Page, post } from './client.ts';
import { queries } from './queries.ts';
import type { Change } from './types.ts';

export interface ApprovalFilter {
  integrationId?: string;
  state?: string;
  cursor?: string;
}

/** Changes at distributors that wait for approval, or those in another state. */
export const approvals = (filter: ApprovalFilter = {}) =>
  queryOptions({
    queryKey: ['approvals', filter],
    queryFn: ({ signal }) => get<Page<Change>>('/v1/approvals', { query: { ...filter }, signal }),
    refetchInterval: 15_000,
  });

export interface Decision {
  id: string;
  approve: boolean;
  reason?: string;
}

export const useDecide = () =>
  useMutation({
    mutationFn: ({ id, approve, reason }: Decision) =>
      approve
        ? post<Change>('/v1/approvals/{id}/approve', { path: { id }, body: { reason } })
        : post<Change>('/v1/approvals/{id}/reject', { path: { id }, body: { reason } }),
    // Also after a refusal: someone else may have decided meanwhile.
    onSettled: () => queries.invalidateQueries({ queryKey: ['approvals'] }),
  });
