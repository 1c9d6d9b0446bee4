import { z } from 'zod';
import { getConnection } from '../../../db/connections/connections.ts';
import {
  addChannel,
  type ChannelRow,
  changeChannel,
  getChannel,
  listChannels,
  newChannelId,
  removeChannel,
} from '../../../db/notices/channels.ts';
import { addNotice, lastNotices, listNotices, type NoticeRow } from '../../../db/notices/notices.ts';
import {
  type ChannelKind,
  noticeKinds,
  noticeStates,
  type TicketSettings,
  testNotice,
} from '../../../domain/notices.ts';
import { openChannelCredentials, sealChannelCredentials } from '../../../security/token.ts';
import { type App, askHere, type Context, requireMatch, withEtag } from '../../context.ts';
import { mergePatch } from '../../merge-patch.ts';
import { byId, listOf, listQuery, toPage } from '../../pages.ts';
import { found, invalid, notFound } from '../../problem.ts';
import { answers, idParams, ifMatch, instant, noContent } from '../../schemas.ts';
import { channelKind, newNotification, newSecret, notificationChanges, readChannel, rules } from './input.ts';

const notification = z
  .object({
    id: z.uuid(),
    name: z.string(),
    channel: channelKind,
    settings: z.record(z.string(), z.unknown()),
    rules,
    enabled: z.boolean(),
    last: z
      .object({ at: instant, state: z.enum(noticeStates) })
      .nullable()
      .describe('The last notice over it.'),
    version: z.int(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({
    id: 'Notification',
    description: 'A channel and its rules. Credentials are never returned.',
  });
export type Notification = z.output<typeof notification>;

const made = notification
  .extend({
    secret: z.string().optional().describe('A generated webhook secret. Shown only this once.'),
  })
  .meta({ id: 'NewNotification' });

const attempt = z.object({
  at: instant,
  ok: z.boolean(),
  message: z.string(),
  status: z.int().nullable().describe('HTTP or SMTP, where there was an answer.'),
  ms: z.int(),
});

const delivery = z
  .object({
    id: z.uuid().describe('The same for every attempt: `webhook-id`, and part of the Message-ID.'),
    kind: z.enum(noticeKinds),
    integrationId: z.uuid().nullable(),
    subject: z.string(),
    text: z.string(),
    state: z.enum(noticeStates),
    attempts: z.array(attempt).describe('The last hundred.'),
    reference: z.string().nullable().describe("The recipient's reference, such as a ticket number."),
    createdAt: instant,
    endedAt: instant.nullable(),
  })
  .meta({ id: 'Delivery' });
export type Delivery = z.output<typeof delivery>;

const tested = attempt
  .extend({ deliveryId: z.uuid(), reference: z.string().nullable() })
  .meta({ id: 'NotificationTest' });
export type NotificationTest = z.output<typeof tested>;

export function notificationRoutes(app: App, context: Context): void {
  const { db, ring, environment } = context;
  const tags = ['notifications'];
  const { sql } = db;

  app.post(
    '/notifications',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Add a channel for notices',
        description:
          'Webhooks are signed as Standard Webhooks are. Redirects are not followed, and a target inside a private network is refused.',
        tags,
        body: newNotification,
        response: answers({ 201: made }),
      },
    },
    async ({ body, caller }, reply) => {
      const { name, channel, rules, enabled } = body;
      const input = await read(channel, body);
      const secret =
        channel === 'webhook' && input.credentials.secret === undefined ? newSecret() : undefined;
      const id = newChannelId();
      const credentials = sealed(id, { ...input.credentials, ...(secret && { secret }) });
      const settings = input.settings as never;
      const row = await addChannel(
        sql,
        { id, name, kind: channel, settings, credentials, rules, enabled },
        caller!.actor,
      );
      return withEtag(reply, row)
        .code(201)
        .header('location', `/v1/notifications/${id}`)
        .send({ ...show(row), ...(secret && { secret }) });
    },
  );

  app.get(
    '/notifications',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Channels for notices',
        tags,
        querystring: listQuery(byId, {}),
        response: answers({ 200: listOf(notification) }),
      },
    },
    async ({ query: { limit, cursor = null } }) => {
      const last = await lastNotices(sql);
      const rows = await listChannels(sql, { limit, after: cursor });
      return toPage(rows, limit, (row) => [row.id], (row) => show(row, last.get(row.id))); // biome-ignore format: one call
    },
  );

  app.get(
    '/notifications/:id',
    {
      config: { access: 'read' },
      schema: { summary: 'A channel', tags, params: idParams, response: answers({ 200: notification }) },
    },
    async ({ params }, reply) => {
      const row = found(await getChannel(sql, params.id), 'notification');
      return withEtag(reply, row).send(show(row, (await lastNotices(sql)).get(row.id)));
    },
  );

  app.patch(
    '/notifications/:id',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Change a channel',
        description: 'If the mail server changes, enter its password again.',
        tags,
        params: idParams,
        headers: ifMatch,
        body: notificationChanges,
        response: answers({ 200: notification }),
      },
    },
    async ({ params, headers, body, caller }, reply) => {
      const before = found(await getChannel(sql, params.id), 'notification');
      // The connection of a ticket channel is looked up before the row is locked.
      await requireConnection(before.kind, mergePatch(before.settings, body.settings ?? {}) as object);
      const change = (row: ChannelRow) => {
        requireMatch(headers, row);
        const settings = mergePatch(row.settings, body.settings ?? {});
        const kept = row.credentials === null ? {} : openChannelCredentials(ring, row.id, row.credentials);
        const credentials = mergePatch(kept, body.credentials ?? {});
        const input = readChannel(row.kind, { settings, credentials }, environment.allowPrivateTargets);
        const server = (of: object) => (of as { host?: string }).host;
        if (
          server(row.settings) !== server(input.settings) &&
          input.credentials.password &&
          !body.credentials?.password
        )
          throw invalid([
            {
              pointer: '/credentials/password',
              detail: 'the mail server changed, so enter its password again',
            },
          ]);
        if (row.kind === 'webhook' && !input.credentials.secret)
          throw invalid([{ pointer: '/credentials/secret', detail: 'a webhook needs a secret' }]);
        return {
          ...(body.name === undefined ? {} : { name: body.name }),
          ...(body.settings === undefined ? {} : { settings: input.settings as never }),
          ...(body.credentials === undefined ? {} : { credentials: sealed(row.id, input.credentials) }),
          ...(body.rules === undefined ? {} : { rules: body.rules }),
          ...(body.enabled === undefined ? {} : { enabled: body.enabled }),
        };
      };
      const row = found(await changeChannel(sql, params.id, change, caller!.actor), 'notification');
      return withEtag(reply, row).send(show(row, (await lastNotices(sql)).get(row.id)));
    },
  );

  app.delete(
    '/notifications/:id',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Delete a channel',
        description: 'Deletes its delivery log too; waiting notices are not sent.',
        tags,
        params: idParams,
        headers: ifMatch,
        response: answers({ 204: noContent }),
      },
    },
    async ({ params: { id }, headers, caller }, reply) => {
      const check = (row: ChannelRow) => requireMatch(headers, row);
      if (!(await removeChannel(sql, id, caller!.actor, check))) throw notFound('notification');
      return reply.code(204).send();
    },
  );

  app.post(
    '/notifications/:id/test',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Test a channel',
        description: 'Sends a real notice, once. If the recipient refuses it, the answer has `ok: false`.',
        tags,
        params: idParams,
        response: answers({ 200: tested }),
      },
    },
    async ({ params: { id } }) => {
      found(await getChannel(sql, id), 'notification');
      const noticeId = found(await addNotice(sql, id, testNotice(newChannelId())), 'notification');
      const question = {
        what: 'notify',
        subjectId: id,
        workflow: 'testNotification',
        input: { noticeId },
      };
      const location = `/v1/notifications/${id}/deliveries`;
      const { noticeId: deliveryId, ...tried } = await askHere<
        Omit<NotificationTest, 'deliveryId'> & { noticeId: string }
      >(context, question, location);
      return { ...tried, deliveryId };
    },
  );

  app.get(
    '/notifications/:id/deliveries',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Notices of a channel',
        description: 'Newest first, with every attempt.',
        tags,
        params: idParams,
        querystring: listQuery(byId, { state: z.enum(noticeStates).optional() }),
        response: answers({ 200: listOf(delivery) }),
      },
    },
    async ({ params: { id }, query: { limit, cursor = null, state } }) => {
      found(await getChannel(sql, id), 'notification');
      const rows = await listNotices(sql, id, { state }, { limit, after: cursor });
      return toPage(rows, limit, (row) => [row.id], told);
    },
  );

  async function read(kind: ChannelKind, given: { settings: unknown; credentials: unknown }) {
    const input = readChannel(kind, given, environment.allowPrivateTargets);
    await requireConnection(kind, input.settings);
    return input;
  }

  async function requireConnection(kind: ChannelKind, settings: object): Promise<void> {
    if (kind !== 'halo-ticket') return;
    const { connectionId } = settings as TicketSettings;
    const row = z.uuid().safeParse(connectionId).success ? await getConnection(db, connectionId) : null;
    if (row?.kind !== 'halopsa')
      throw invalid([{ pointer: '/settings/connectionId', detail: 'must be a connection to HaloPSA' }]);
  }

  const sealed = (id: string, credentials: object): string | null =>
    Object.keys(credentials).length === 0 ? null : sealChannelCredentials(ring, id, credentials);
}

function show(row: ChannelRow, last?: Pick<NoticeRow, 'state' | 'createdAt'>): Notification {
  const { kind, settings, createdAt, updatedAt, ...rest } = row;
  return {
    ...rest,
    channel: kind,
    settings: { ...settings },
    rules: rest.rules as Notification['rules'],
    last: last ? { at: last.createdAt.toISOString(), state: last.state } : null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

const told = ({ createdAt, endedAt, ...row }: NoticeRow): Delivery => ({
  ...row,
  createdAt: createdAt.toISOString(),
  endedAt: endedAt?.toISOString() ?? null,
});
