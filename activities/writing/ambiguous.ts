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
 * The request of a write, nothing else: only its own failure may call the write refused. Null when it did not
 * succeed and is dealt with; whatever fails later leaves the intent open, to be read back. `alone` writes one item of
 * a batch that was refused.
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

/** A failed write was refused, is worth another try, or is in doubt. */
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

/** A refused batch says nothing of its elements: those that did arrive are confirmed, the others go alone. */
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
 * One read-back of a write in doubt. What is found is confirmed. After the first the rest waits, 5 s after a
 * dropped connection and 60 s after a timeout, for a request still on its way; after the second it is planned again.
 */
export async function readBack(run: Writing, cut: Write): Promise<number> {
  const missing = cut.action === 'create' ? await confirmCreated(run, cut) : await stillThere(run, cut);
  if (missing.length === 0) {
    await settleWrite(run.sql, cut, 'confirmed');
    return 0;
  }
  if (cut.readBacks === 0) {
    const { requestMs = 60_000, timeoutMs = 60_000, droppedMs = 5_000 } = run.patience ?? {};
    // Of one that was cut off nothing is known: its worker may live, and its request be under way.
    const cutOff = cut.message === null ? requestMs + droppedMs - cut.ageMs : 0;
    const waitMs = cut.message?.startsWith('timeout') ? timeoutMs : Math.max(droppedMs, cutOff);
    await markAmbiguous(
      run.sql,
      { ...cut, readBacks: 1 },
      waitMs,
      cut.message ?? 'dropped: the worker stopped before an answer came.',
    );
    return waitMs;
  }
  if (cut.action === 'create') await giveUp(run, cut, await undecidable(run, cut, missing));
  await settleWrite(run.sql, cut, 'retried');
  return 0;
}

/** Updates merge by id, so doing one again is harmless; but a destination that is away is waited for. */
async function stillThere(run: Writing, cut: Write): Promise<PlannedItem[]> {
  const [first] = cut.items;
  const { connector, context } = run.to;
  if (first?.recordId && cut.entity === 'licence') await connector.licence(context, first.recordId);
  else if (first?.clientId) await connector.client(context, first.clientId);
  return cut.items;
}

/** Of items that were not found by our id: those that may stand there all the same. */
async function undecidable(run: Writing, cut: Write, missing: PlannedItem[]): Promise<PlannedItem[]> {
  if (run.markerSupport === 'link' || run.markerSupport === 'notes') return [];
  if (run.markerSupport === 'none') return missing;
  const { connector, context } = run.to;
  const doubtful: PlannedItem[] = [];
  for (const item of missing) {
    // Nothing was ever created here, so it is not known what stays; no row of that name means no create happened.
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

/** Nothing at this destination can tell whether a create happened: a person decides. */
async function giveUp(run: Writing, cut: Write, items: PlannedItem[]): Promise<void> {
  if (items.length === 0) return;
  await failItems(run.sql, run.importId, items, 'It may have been created, so a person decides.', 'held');
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

/** Trouble of the connection, not of the record: the import stops and says so. */
const connectionTrouble = new Set<Failure['kind']>([
  'unauthorised',
  'forbidden',
  'reauth-required',
  'different-account',
]);
