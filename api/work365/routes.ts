import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { changeTarget } from '../../db/changes/changes.ts';
import { watchLedger } from '../../db/findings/ledger-age.ts';
import { ledgerTimes, type Provider, providerOf } from '../../db/ledger/work365.ts';
import { loggedError } from '../../security/redact.ts';
import { ledgerLimit } from '../../temporal/schedule-spec.ts';
import type { App, Context } from '../context.ts';
import { Problem } from '../problem.ts';
import { createWrongKeys } from '../wrong-keys.ts';
import { work365Prefix } from './address.ts';
import { type Call, type ReadRoute, reads, type Told, type WriteRoute, writes } from './contract.ts';
import { exactJson } from './exact.ts';
import { keyHeader, keyOf, sameKey } from './key.ts';
import { customer, subscription } from './shapes.ts';
import { askForChanges } from './write-back.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** For requests under /work365: the provider of the key. */
    provider: Provider | null;
  }
}

const longestId = 50;
const isId = z.uuid();
const json = 'application/json; charset=utf-8';
const plain = (description: string) => ({
  description,
  content: { 'text/plain': { schema: z.string() } },
});

/**
 * The REST Provider contract for one integration, served from its ledger. Errors follow the contract: a status and a
 * plain sentence.
 */
export function work365Routes(app: App, context: Context): void {
  const told = createWatch(context);
  const countWrongKey = createWrongKeys(app);

  app.register(
    async (scope) => {
      scope.decorateRequest('provider', null);
      scope.setErrorHandler(sendPlainError);
      scope.addHook('onRequest', async (request, reply) => {
        reply.header('cache-control', 'no-store');
        request.provider = await admitted(context, request);
        if (!request.provider) {
          await countWrongKey(request);
          return sendPlain(reply, 403, 'The key is missing or wrong.');
        }
        if (idsOf(request).some((id) => id.length > longestId)) return notFound(reply);
      });
      scope.setNotFoundHandler((_request, reply) => notFound(reply));
      // The address may come with any media type.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', { parseAs: 'string' }, scope.getDefaultJsonParser('error', 'ignore'));

      for (const route of reads)
        scope.route({
          method: route.method,
          url: route.url,
          config: { access: 'open', anyName: true },
          schema: { ...documented(route.url, route.summary), response: answersOf(route) as never },
          handler: async (request, reply) => {
            const provider = request.provider!;
            const call = { sql: context.db.sql, provider, params: known(request), body: request.body };
            const { body, asOf } = await withAge(await route.tell(call), call);
            told(provider);
            reply.headers(ageHeaders(asOf));
            if (body === undefined) return reply.code(204).send();
            return reply.type(json).send(exactJson(body) as never);
          },
        });

      for (const route of writes)
        scope.route({
          method: route.method,
          url: route.url,
          config: { access: 'open', anyName: true },
          schema: { ...documented(route.url, route.summary), response: writeAnswersOf(route) as never },
          // Before the body is read: while write-back is off it is not looked at, whatever it is.
          onRequest: async ({ provider }, reply) => {
            const target = await changeTarget(context.db.sql, provider!.integrationId);
            if (target?.policy.changes === 'off') return sendPlain(reply, 403, writeBackOff);
            if (!route.asks && !route.makes) return sendPlain(reply, 409, notOffered);
          },
          handler: async (request, reply) => {
            const { body } = request;
            const provider = request.provider!;
            const { id } = known(request);
            const { status, record } = (await (route.makes
              ? route.makes({ context, provider, id, body })
              : askForChanges(context, provider, route.asks!, id, body))) ?? { status: 204, record: null };
            if (record === null) return reply.code(204).send();
            const answer = route.answers === 'boolean' ? record.status === 3 : record;
            return reply
              .code(status)
              .type(json)
              .send(exactJson(answer) as never);
          },
        });
    },
    { prefix: `${work365Prefix}/:integrationId` },
  );
}

const notOffered =
  'Tributary cannot make this change at the distributor. Make it there; it shows here after the next import.';

const writeBackOff =
  'Write-back is off. Make this change at the distributor; it shows here after the next import.';

/** Checks integration and key together, so that a caller does not learn which was wrong. */
async function admitted({ db, ring }: Context, request: FastifyRequest): Promise<Provider | null> {
  const { integrationId } = request.params as { integrationId?: string };
  const named = isId.safeParse(integrationId);
  const provider = named.success ? await providerOf(db.sql, named.data) : null;
  const expected = provider && keyOf(ring, provider);
  return sameKey(request.headers[keyHeader], expected) ? provider : null;
}

const idsOf = ({ params }: FastifyRequest) => {
  const { id, customerId } = params as Record<string, string | undefined>;
  return [id, customerId].filter((given) => given !== undefined);
};

/** PostgreSQL cannot hold NUL, so no record has such an id. */
const known = ({ params }: FastifyRequest) =>
  Object.fromEntries(
    Object.entries(params as Record<string, string>).map(([name, value]) => [
      name,
      value.includes('\0') ? '' : value,
    ]),
  );

/** If the answer read nothing of the ledger, its older half decides the age. */
async function withAge(told: Told, { sql, provider }: Call): Promise<Required<Told>> {
  if (told.asOf !== undefined) return { ...told, asOf: told.asOf };
  const { customers, subscriptions } = await ledgerTimes(sql, provider);
  const asOf = customers && subscriptions && (customers < subscriptions ? customers : subscriptions);
  return { ...told, asOf };
}

const ageHeaders = (asOf: Date | null) =>
  asOf
    ? {
        'ledger-as-of': asOf.toISOString(),
        'ledger-age': String(Math.max(0, Math.floor((Date.now() - asOf.getTime()) / 1_000))),
      }
    : { 'ledger-as-of': 'never' };

/** An outdated ledger is also noticed when it is read, in case no worker runs: at most once a minute. */
function createWatch({ db, log }: Context): (provider: Provider) => void {
  const looked = new Map<string, number>();
  return (provider) => {
    const last = looked.get(provider.integrationId);
    if (last !== undefined && Date.now() - last < 60_000) return;
    looked.set(provider.integrationId, Date.now());
    watchLedger(db.sql, provider, ledgerLimit(provider.schedule)).catch((error) =>
      log?.warn({ err: loggedError(error) }, 'could not check the age of a ledger'),
    );
  };
}

const sendPlain = (reply: FastifyReply, status: number, sentence: string) =>
  reply.code(status).type('text/plain; charset=utf-8').send(sentence);

const notFound = (reply: FastifyReply) => sendPlain(reply, 404, 'Not found.');

function sendPlainError(error: FastifyError | Problem, request: FastifyRequest, reply: FastifyReply) {
  if (error instanceof Problem) return sendPlain(reply.headers(error.headers), error.status, error.message);
  const { statusCode = 500 } = error;
  if (statusCode >= 400 && statusCode < 500)
    return sendPlain(reply, statusCode, 'The request cannot be read.');
  request.log.error({ err: loggedError(error) }, 'a request failed');
  return sendPlain(
    reply.header('retry-after', '5'),
    503,
    'The ledger cannot be read at the moment; try again later.',
  );
}

const documented = (url: string, summary: string) => ({
  summary,
  tags: ['work365'],
  security: [{ work365: [] }],
  params: z.object(
    Object.fromEntries(
      ['integrationId', ...Array.from(url.matchAll(/:(\w+)/g), ([, name]) => name!)].map((name) => [
        name,
        z.string(),
      ]),
    ),
  ),
});

const forbidden = plain('The key is missing or wrong.');

const answersOf = ({ shape, single }: ReadRoute) => ({
  200: {
    description: 'With `ledger-as-of` and `ledger-age` (seconds) in its headers.',
    content: { 'application/json': { schema: shape } },
  },
  ...(single ? { 204: z.undefined().describe('Unknown.') } : {}),
  403: forbidden,
  404: plain('An id is longer than 50 characters.'),
});

const shapesOf = { subscription, customer, boolean: z.boolean() };

const writeAnswersOf = ({ answers, makes }: WriteRoute) => ({
  200: {
    description: {
      subscription:
        'The subscription as it is: what was asked for shows once the distributor has carried it out.',
      customer: 'The customer as it is.',
      boolean: 'Whether it is so already; `false`: it was asked for.',
    }[answers],
    content: { 'application/json': { schema: shapesOf[answers] } },
  },
  ...(makes && {
    202: {
      description:
        "Asked for: the model as sent, under the request's id, which names what is made from then on.",
      content: { 'application/json': { schema: z.record(z.string(), z.unknown()) } },
    },
    400: plain('A field that is needed was not given.'),
    404: plain('The customer is unknown.'),
  }),
  204: z.undefined().describe('Unknown.'),
  403: plain('Write-back is off; or the key is missing or wrong.'),
  409: plain('A rule, another change or the distributor forbids it: nothing was sent.'),
});
