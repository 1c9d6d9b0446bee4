import { Context } from '@temporalio/activity';
import { report } from '../../db/findings/lifecycle.ts';
import { namesOf } from '../../db/imports/records.ts';
import {
  failItems,
  markAmbiguous,
  noteReadBack,
  openWrites,
  type PlannedItem,
  settleWrite,
  type Write,
} from '../../db/imports/writes.ts';
import { type Ambiguity, Failure } from '../../domain/failure.ts';
import { finding } from '../../domain/findings/finding.ts';
import { isTraceable, sameName, type Writing } from './context.ts';
import { confirmCreated } from './read-back.ts';

/**
 * Wraps only the request of a write, because only its own failure may mark the write as refused. Null if it failed and
 * was handled; any later failure leaves the intent open, to be read back. `alone` writes one item of a refused batch
 * again.
 */
export async function attempt<T>(
  run: Writing,
  intent: Write,
  request: () => Promise<T>,
  alone: (item: PlannedItem) => Promise<void>,
): Promise<T | null> {
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    await afterFailure(run, intent, error, alone);
    return null;
  }
}

/** A failed write was refused, can be retried, or is ambiguous. */
async function afterFailure(
  run: Writing,
  intent: Write,
  error: Failure,
  alone: (item: PlannedItem) => Promise<void>,
): Promise<void> {
  const { ambiguous } = error.details;
  if (ambiguous) return await doubt(run, intent, ambiguous, error.message);
  if (error.retryable || connectionTrouble.has(error.kind)) {
    await settleWrite(run.sql, intent, 'retried', error.message);
    throw error;
  }
  if (intent.items.length > 1) return await oneByOne(run, intent, error, alone);
  await settleWrite(run.sql, intent, 'refused', error.message);
  const gone = error.kind === 'not-found' ? 'It no longer exists at the destination. ' : '';
  await failItems(run.sql, run.importId, intent.items, `${gone}${error.message}`);
}

/** A refused batch says nothing about its items: those that did arrive are confirmed, the others sent one by one. */
async function oneByOne(
  run: Writing,
  intent: Write,
  error: Failure,
  alone: (item: PlannedItem) => Promise<void>,
): Promise<void> {
  const missing = intent.action === 'create' ? await confirmCreated(run, [intent]) : new Set(intent.items);
  await settleWrite(run.sql, intent, 'refused', error.message);
  for (const item of intent.items) {
    if (!missing.has(item)) continue;
    Context.current().heartbeat();
    await alone(item);
    if (!hasRoom(run, await openWrites(run.sql, run.importId))) return;
  }
}

export const markReplyAmbiguous = (run: Writing, intent: Write): Promise<void> =>
  doubt(run, intent, 'dropped', 'the answer does not match what was sent.');

/** Marks a write ambiguous, with the time until a read-back decides about it. */
async function doubt(run: Writing, write: Write, why: Ambiguity, message: string): Promise<void> {
  const { timeoutMs = 60_000, droppedMs = 5_000 } = run.patience ?? {};
  const tries = Math.max(0, ...write.items.map((item) => item.tries));
  const waitMs = {
    timeout: timeoutMs,
    dropped: droppedMs,
    // Nothing is in transit, so a first failure is read back at once; a destination that keeps failing is given time.
    answered: tries === 0 ? 0 : Math.min(60_000, droppedMs * 2 ** (tries - 1)),
  }[why];
  await markAmbiguous(run.sql, write, waitMs, `${why}: ${message}`);
}

/** Nothing is known of an interrupted write: its worker may be alive and its request in transit. */
async function markCutOff(run: Writing, cut: Write): Promise<void> {
  const { requestMs = 60_000, droppedMs = 5_000 } = run.patience ?? {};
  const waitMs = Math.max(droppedMs, requestMs + droppedMs - cut.ageMs);
  await markAmbiguous(run.sql, cut, waitMs, 'dropped: the worker stopped before it received an answer.');
}

/** How many writes may wait for their read-back while others are sent. */
const mostOpen = 5;

/** Without a marker, each write is settled before the next. */
const hasRoom = (run: Writing, open: Write[]): boolean => open.length < (isTraceable(run) ? mostOpen : 1);

/** Whether another write may begin: all that are open must wait before a read-back decides about them. */
export const maySendMore = (run: Writing, open: Write[]): boolean =>
  hasRoom(run, open) && open.every(({ state, waitMs }) => state === 'ambiguous' && waitMs > 0);

/** Moves open writes one step on; returns how many milliseconds to wait if nothing can be done now. */
export async function settleOpen(run: Writing, open: Write[]): Promise<number> {
  const cut = open.filter(({ state }) => state === 'intended');
  for (const write of cut) await markCutOff(run, write);
  if (cut.length > 0) return 0;
  const due = open.filter(({ waitMs }) => waitMs === 0);
  // With nothing else to do, an early read-back is worth its calls: what it finds need not be waited for.
  const chosen = due.length > 0 ? due : open.filter(({ readBacks }) => readBacks === 0);
  if (chosen.length === 0) return Math.min(...open.map(({ waitMs }) => waitMs));
  await readBack(run, chosen);
  return 0;
}

/**
 * One read-back of ambiguous writes; what is found is confirmed. The rest is planned again once its request cannot be in
 * transit any more: 5 s after a dropped connection, 60 s after a timeout.
 */
async function readBack(run: Writing, writes: Write[]): Promise<void> {
  const missing = await confirmCreated(
    run,
    writes.filter(({ action }) => action === 'create'),
  );
  for (const write of writes) {
    const left =
      write.action === 'create'
        ? write.items.filter((item) => missing.has(item))
        : await stillThere(run, write);
    if (left.length === 0) {
      await settleWrite(run.sql, write, 'confirmed');
      continue;
    }
    await noteReadBack(run.sql, write);
    if (write.waitMs > 0) continue;
    if (write.action === 'create') await giveUp(run, write, await undecidable(run, write, left));
    await settleWrite(run.sql, write, 'retried');
  }
}

/** Updates merge by id, so repeating one is harmless; the read waits until the destination is available. */
async function stillThere(run: Writing, write: Write): Promise<PlannedItem[]> {
  const [first] = write.items;
  const { connector, context } = run.to;
  if (first?.recordId && write.entity === 'licence') await connector.licence(context, first.recordId);
  else if (first?.clientId) await connector.client(context, first.clientId);
  return write.items;
}

/** Of the items not found by our id, those that may exist at the destination all the same. */
async function undecidable(run: Writing, cut: Write, missing: PlannedItem[]): Promise<PlannedItem[]> {
  if (isTraceable(run)) return [];
  if (run.markerSupport === 'none') return missing;
  const { connector, context } = run.to;
  const doubtful: PlannedItem[] = [];
  for (const item of missing) {
    // Before the first create it is unknown which marker stays; if no row has that name, nothing was created.
    const alike =
      cut.entity === 'client'
        ? await connector.clientsNamed(context, item.name)
        : (await connector.licencesOf(context, item.clientId!)).filter((row) =>
            sameName(row.name, String(item.after.name)),
          );
    if (alike.length > 0) doubtful.push(item);
  }
  return doubtful;
}

/** The destination cannot show whether the create happened: a person decides. */
async function giveUp(run: Writing, cut: Write, items: PlannedItem[]): Promise<void> {
  if (items.length === 0) return;
  await failItems(
    run.sql,
    run.importId,
    items,
    'It may have been created already; answer the finding about it.',
    'held',
  );
  const names = await namesOf(run.sql, run, items);
  await report(
    run.sql,
    items.map((item) =>
      finding('ambiguous-write', {
        integrationId: run.integrationId,
        importId: run.importId,
        externalId: item.externalId,
        name: item.name,
        entity: cut.entity === 'client' ? 'customer' : 'subscription',
        customerId: item.customerId,
        clientId: item.clientId,
        ...names(item),
      }),
    ),
  );
}

/** Failures of the connection, not of the record: the import stops with them. */
const connectionTrouble = new Set<Failure['kind']>([
  'unauthorised',
  'forbidden',
  'reauth-required',
  'different-account',
]);
