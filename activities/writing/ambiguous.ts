import { Context } from '@temporalio/activity';
import { report } from '../../db/findings/lifecycle.ts';
import {
  failItems,
  markAmbiguous,
  namesOf,
  openWrite,
  type PlannedItem,
  settleWrite,
  type Write,
} from '../../db/imports/writes.ts';
import { Failure } from '../../domain/failure.ts';
import { finding } from '../../domain/findings/finding.ts';
import { sameName, type Writing } from './context.ts';
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
  if (ambiguous) return void (await markAmbiguous(run.sql, intent, 0, `${ambiguous}: ${error.message}`));
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
  const missing = intent.action === 'create' ? await confirmCreated(run, intent) : intent.items;
  await settleWrite(run.sql, intent, 'refused', error.message);
  for (const item of missing) {
    Context.current().heartbeat();
    await alone(item);
    if (await openWrite(run.sql, run.importId)) return;
  }
}

export async function markReplyAmbiguous(run: Writing, intent: Write): Promise<void> {
  await markAmbiguous(run.sql, intent, 0, 'dropped: the answer does not match what was sent.');
}

/**
 * One read-back of an ambiguous write; what is found is confirmed. After the first, the rest waits for a request still
 * in transit (5 s after a dropped connection, 60 s after a timeout); after the second it is planned again.
 */
export async function readBack(run: Writing, cut: Write): Promise<number> {
  const missing = cut.action === 'create' ? await confirmCreated(run, cut) : await stillThere(run, cut);
  if (missing.length === 0) {
    await settleWrite(run.sql, cut, 'confirmed');
    return 0;
  }
  if (cut.readBacks === 0) {
    const { requestMs = 60_000, timeoutMs = 60_000, droppedMs = 5_000 } = run.patience ?? {};
    // Nothing is known of an interrupted write: its worker may be alive and its request in transit.
    const cutOff = cut.message === null ? requestMs + droppedMs - cut.ageMs : 0;
    const waitMs = cut.message?.startsWith('timeout') ? timeoutMs : Math.max(droppedMs, cutOff);
    await markAmbiguous(
      run.sql,
      { ...cut, readBacks: 1 },
      waitMs,
      cut.message ?? 'dropped: the worker stopped before it received an answer.',
    );
    return waitMs;
  }
  if (cut.action === 'create') await giveUp(run, cut, await undecidable(run, cut, missing));
  await settleWrite(run.sql, cut, 'retried');
  return 0;
}

/** Updates merge by id, so repeating one is harmless; the read waits until the destination is available. */
async function stillThere(run: Writing, cut: Write): Promise<PlannedItem[]> {
  const [first] = cut.items;
  const { connector, context } = run.to;
  if (first?.recordId && cut.entity === 'licence') await connector.licence(context, first.recordId);
  else if (first?.clientId) await connector.client(context, first.clientId);
  return cut.items;
}

/** Of the items not found by our id, those that may exist at the destination all the same. */
async function undecidable(run: Writing, cut: Write, missing: PlannedItem[]): Promise<PlannedItem[]> {
  if (run.markerSupport === 'link' || run.markerSupport === 'notes') return [];
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
