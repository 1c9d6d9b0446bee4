import { queryOptions, useMutation } from '@tanstack/react-query';
import { del, get, type Page, patch, post } from './client.ts';
import { queries } from './queries.ts';
import type { Delivery, Notification, NotificationTest } from './types.ts';

/** Channels for notices, and their delivery logs. */
export const notifications = queryOptions({
  queryKey: ['notifications'],
  queryFn: ({ signal }) => get<Page<Notification>>('/v1/notifications', { query: { limit: 200 }, signal }),
  refetchInterval: 30_000,
});

export const notification = (id: string) =>
  queryOptions({
    queryKey: ['notifications', id],
    queryFn: ({ signal }) => get<Notification>('/v1/notifications/{id}', { path: { id }, signal }),
  });

export const deliveries = (id: string, cursor?: string) =>
  queryOptions({
    queryKey: ['notifications', id, 'deliveries', cursor],
    queryFn: ({ signal }) =>
      get<Page<Delivery>>('/v1/notifications/{id}/deliveries', { path: { id }, query: { cursor }, signal }),
    refetchInterval: 10_000,
  });

export interface NotificationInput {
  name: string;
  settings: Record<string, unknown>;
  credentials: Record<string, string>;
  rules: Notification['rules'];
  enabled: boolean;
}

const renew = () => queries.invalidateQueries({ queryKey: ['notifications'] });

export const useAddNotification = () =>
  useMutation({
    mutationFn: (body: NotificationInput & { channel: Notification['channel'] }) =>
      post<Notification & { secret?: string }>('/v1/notifications', { body }),
    onSuccess: renew,
  });

export const useChangeNotification = ({ id, version }: Notification) =>
  useMutation({
    mutationFn: (body: Partial<NotificationInput>) =>
      patch<Notification>('/v1/notifications/{id}', { path: { id }, ifMatch: version, body }),
    onSuccess: renew,
  });

export const useRemoveNotification = (id: string) =>
  useMutation({
    mutationFn: () => del('/v1/notifications/{id}', { path: { id } }),
    onSuccess: renew,
  });

export const useTestNotification = (id: string) =>
  useMutation({
    mutationFn: () => post<NotificationTest>('/v1/notifications/{id}/test', { path: { id } }),
    onSettled: renew,
  });
