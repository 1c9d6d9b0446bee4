import { queryOptions, useMutation } from '@tanstack/react-query';
import { get, type Page, post } from './client.ts';
import { queries } from './queries.ts';
import type { Import, Item, ItemGroups } from './types.ts';

export interface ImportFilter {
  integrationId?: string;
  kind?: string;
  mode?: string;
  state?: string;
  cursor?: string;
}

/** Newest first. Asked again while the list is looked at, sooner while one of them runs. */
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
    // Its events tell how far it is; only the import itself why it waits.
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? 5_000 : false),
  });

/** As many as a page can group and filter by itself. */
const most = 10_000;

/** All items of an import, up to 10,000; `more` says that there are others. */
export const importItems = (id: string) =>
  queryOptions({
    queryKey: ['imports', id, 'items'],
    queryFn: async ({ signal }): Promise<{ items: Item[]; more: boolean }> => {
      const items: Item[] = [];
      let cursor: string | null = '';
      while (cursor !== null && items.length < most) {
        const page: Page<Item> = await get<Page<Item>>('/v1/imports/{id}/items', {
          path: { id },
          query: { limit: 200, cursor },
          signal,
        });
        items.push(...page.items);
        cursor = page.nextCursor;
      }
      return { items, more: cursor !== null };
    },
  });

/** What its items come to by rule, and all together: a line a currency and billing cycle. */
export const importGroups = (id: string) =>
  queryOptions({
    queryKey: ['imports', id, 'groups'],
    queryFn: ({ signal }) => get<ItemGroups>('/v1/imports/{id}/groups', { path: { id }, signal }),
  });

export interface WantedImport {
  integrationId: string;
  kind: Import['kind'];
  mode: 'apply' | 'preview';
  /** All of them unless given. */
  customerIds?: string[];
}

/** `joined`: one that does this runs already, and is answered. */
type Started = Import & { joined?: boolean };

const renew = () =>
  Promise.all(['imports', 'overview'].map((noun) => queries.invalidateQueries({ queryKey: [noun] })));

export const useStartImport = () =>
  useMutation({
    mutationFn: ({ integrationId, ...body }: WantedImport) =>
      post<Started>('/v1/integrations/{id}/imports', { path: { id: integrationId }, body }),
    onSuccess: renew,
  });

/** A new import that writes the items chosen, all of them unless given. */
export const useApplyPreview = (id: string) =>
  useMutation({
    mutationFn: (body: { itemIds?: string[] }) =>
      post<Started>('/v1/imports/{id}/apply', { path: { id }, body }),
    onSuccess: renew,
  });

/** A new import of items that failed, without reading the distributor again. */
export const useRetryFailed = (id: string) =>
  useMutation({
    mutationFn: (body: { itemIds: string[] }) =>
      post<Started>('/v1/imports/{id}/retry', { path: { id }, body }),
    onSuccess: renew,
  });

export const useCancelImport = (id: string) =>
  useMutation({
    mutationFn: () => post<Import>('/v1/imports/{id}/cancel', { path: { id } }),
    onSuccess: renew,
  });
