import { keepPreviousData, queryOptions, useMutation } from '@tanstack/react-query';
import { get, type Page, post } from './client.ts';
import { queries } from './queries.ts';
import type { Import, Item, ItemChoice, ItemGroups } from './types.ts';

export interface ImportFilter {
  integrationId?: string;
  kind?: string;
  mode?: string;
  state?: string;
  cursor?: string;
}

/** Newest first. Polled while visible, more often while one of them runs. */
export const imports = (filter: ImportFilter = {}) =>
  queryOptions({
    queryKey: ['imports', filter],
    queryFn: ({ signal }) => get<Page<Import>>('/v1/imports', { query: { ...filter }, signal }),
    refetchInterval: ({ state }) =>
      state.data?.items.some((row) => row.state === 'running') ? 3_000 : 15_000,
  });

export const importOf = (id: string) =>
  queryOptions({
    queryKey: ['imports', id],
    queryFn: ({ signal }) => get<Import>('/v1/imports/{id}', { path: { id }, signal }),
    // Its events show the progress; only the import itself shows why it waits.
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? 5_000 : false),
  });

/** Which of an import's items are shown. */
export interface ItemFilter {
  action?: string;
  outcome?: string;
  rule?: string;
  message?: string;
  search?: string;
}

/** Fifty matching items in the order of writing. The previous page stays visible until the next one has loaded. */
export const importItems = (id: string, filter: ItemFilter & { cursor?: string }) =>
  queryOptions({
    queryKey: ['imports', id, 'items', filter],
    queryFn: ({ signal }) =>
      get<Page<Item>>('/v1/imports/{id}/items', { path: { id }, query: { ...filter, limit: 50 }, signal }),
    placeholderData: keepPreviousData,
  });

/** Totals of the matching items by rule and overall: a line per currency and billing cycle. */
export const importGroups = (id: string, filter: ItemFilter = {}) =>
  queryOptions({
    queryKey: ['imports', id, 'groups', filter],
    queryFn: ({ signal }) =>
      get<ItemGroups>('/v1/imports/{id}/groups', { path: { id }, query: { ...filter }, signal }),
    placeholderData: keepPreviousData,
  });

/** Some of a preview's items: the named ones, the matching ones, or all. */
export interface Choice {
  itemIds?: string[];
  filter?: Pick<ItemFilter, 'action' | 'rule' | 'search'>;
}

/** What it would write. */
export const importChoice = (id: string, choice: Choice) =>
  queryOptions({
    queryKey: ['imports', id, 'choice', choice],
    queryFn: ({ signal }) =>
      post<ItemChoice>('/v1/imports/{id}/choice', { path: { id }, body: choice, signal }),
    placeholderData: keepPreviousData,
  });

export interface WantedImport {
  integrationId: string;
  kind: Import['kind'];
  mode: 'apply' | 'preview';
  /** All by default. */
  customerIds?: string[];
}

/** `joined`: an import that does this is already running and is returned. */
type Started = Import & { joined?: boolean };

const renew = () =>
  Promise.all(['imports', 'overview'].map((noun) => queries.invalidateQueries({ queryKey: [noun] })));

export const useStartImport = () =>
  useMutation({
    mutationFn: ({ integrationId, ...body }: WantedImport) =>
      post<Started>('/v1/integrations/{id}/imports', { path: { id: integrationId }, body }),
    onSuccess: renew,
  });

/** Starts an import that writes the selected items. */
export const useApplyPreview = (id: string) =>
  useMutation({
    mutationFn: (body: Choice) => post<Started>('/v1/imports/{id}/apply', { path: { id }, body }),
    onSuccess: renew,
  });

/** Starts an import of failed items, without listing the distributor again. */
export const useRetryFailed = (id: string) =>
  useMutation({
    mutationFn: (body: { filter: { rule: string; message?: string } }) =>
      post<Started>('/v1/imports/{id}/retry', { path: { id }, body }),
    onSuccess: renew,
  });

export const useCancelImport = (id: string) =>
  useMutation({
    mutationFn: () => post<Import>('/v1/imports/{id}/cancel', { path: { id } }),
    onSuccess: renew,
  });
