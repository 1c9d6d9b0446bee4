import type { ServerResponse } from 'node:http';
import type { Act, LiveFault } from './faults.ts';
import type { SimRequest, SimResponse } from './harness.ts';
import { middlemen } from './middlemen.ts';
import { altered, replaced, twice } from './rewriting.ts';
import { send, sendBig, sendDripping, sendEndlessly, sendGzipped, sendHalf, wait } from './sending.ts';

/** One request under a fault. */
export interface Call {
  request: SimRequest;
  outgoing: ServerResponse;
  /** Processes the request and returns its answer. */
  handled(): Promise<SimResponse>;
  /** Records the status sent, for acts that answer without processing. */
  answered(status: number): void;
  live: LiveFault;
}

type Acts = { [Kind in Act['do']]: (act: Extract<Act, { do: Kind }>, call: Call) => unknown };

/** Validates a fault received as JSON. */
export const isAct = (act: Act | undefined): boolean =>
  act !== undefined && act.do in acts && (act.do !== 'middleman' || act.as in middlemen);

/** Applies the fault to this request. */
export const perform = (act: Act, call: Call): unknown =>
  (acts[act.do] as (act: Act, call: Call) => unknown)(act, call);

const acts: Acts = {
  respond: (act, call) => instead(call, act, act.handled),
  middleman: (act, call) => instead(call, middlemen[act.as], act.handled),
  throttle: ({ status = 429, retryAfter, form }, call) => {
    const value =
      form === 'date' ? new Date(Date.now() + Number(retryAfter) * 1000).toUTCString() : String(retryAfter);
    const headers = retryAfter === undefined ? undefined : { 'retry-after': value };
    return instead(call, { status, body: { error: 'Too many requests' }, headers });
  },
  drop: (_, { outgoing }) => outgoing.destroy(),
  'drop-reply': async (_, { outgoing, handled }) => {
    await handled();
    outgoing.destroy();
  },
  truncate: async (act, { outgoing, handled, answered }) => {
    if (act.handled !== false) return sendHalf(outgoing, await handled(), 'cut');
    answered(200);
    sendHalf(outgoing, { status: 200, body: '{"requestId":' }, 'cut');
  },
  'broken-json': async (_, { outgoing, handled }) => sendHalf(outgoing, await handled(), 'whole'),
  hang: async (act, { outgoing, handled }) => {
    if (act.handled) await handled();
    if (act.ms === undefined) return;
    await wait(act.ms);
    outgoing.destroy();
  },
  delay: async (act, { outgoing, handled }) => {
    await wait(act.ms);
    send(outgoing, await handled());
  },
  drip: async ({ bytes = 1, ms = 100 }, { outgoing, handled }) =>
    sendDripping(outgoing, await handled(), bytes, ms),
  endless: async ({ ms }, { outgoing, handled }) => sendEndlessly(outgoing, await handled(), ms),
  big: async ({ mib }, { outgoing, handled }) => sendBig(outgoing, await handled(), mib),
  gzip: async ({ mib }, { outgoing, handled }) => sendGzipped(outgoing, await handled(), mib),
  patch: async (act, { outgoing, handled }) => {
    const answer = await handled();
    send(outgoing, { ...answer, body: replaced(answer.body, act.body) });
  },
  alter: async (act, { outgoing, handled }) => {
    const answer = await handled();
    send(outgoing, { ...answer, body: altered(answer.body, act.with) });
  },
  repeat: async (act, call) => send(call.outgoing, await circle(act, call)),
  twice: async (act, call) => {
    const answer = await call.handled();
    const memory = remembered(call.live, listingOf(call.request));
    send(call.outgoing, { ...answer, body: twice(answer.body, act, memory) });
  },
};

async function instead(call: Call, answer: SimResponse, handled = false): Promise<void> {
  if (handled) await call.handled();
  call.answered(answer.status);
  send(call.outgoing, answer);
}

/** Requesting a listing's first page restarts its loop. */
async function circle(act: Extract<Act, { do: 'repeat' }>, call: Call): Promise<SimResponse> {
  const memory = remembered(call.live, listingOf(call.request)) as Circle[];
  const target = String(call.request.query);
  memory[0] ??= { start: target, asked: 0, answers: [] };
  const state = memory[0];
  if (target === state.start) state.asked = 0;
  const at = state.asked++ % (act.pages ?? 1);
  state.answers[at] ??= call.handled();
  const answer = await state.answers[at];
  call.answered(answer.status);
  const token = act.token ? { [act.token]: `again-${call.live.hit}` } : {};
  return { ...answer, body: replaced(answer.body, { ...act.patch, ...token }) };
}

interface Circle {
  start: string;
  asked: number;
  answers: Promise<SimResponse>[];
}

const listingOf = ({ method, path, text }: SimRequest) => `${method} ${path} ${text}`;

function remembered({ memory }: LiveFault, listing: string): unknown[] {
  const known = memory.get(listing) ?? [];
  memory.set(listing, known);
  return known;
}
