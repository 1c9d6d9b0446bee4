import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import type { Tried } from '../activities/notices/notices.ts';
import type { NoticeInput } from '../temporal/messages.ts';
import { activities } from './activities.ts';

/** Sends one notice until it is taken, or says that it was not. Ids only: what is sent stands in the database. */
export async function sendNotice(input: NoticeInput): Promise<void> {
  try {
    await activities.deliverNotice(input);
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    await activities.giveUpNotice(input);
  }
}

/** A person tests a channel: one try, answered at once. */
export async function testNotification(input: NoticeInput): Promise<Tried> {
  return await activities.tryNotice(input);
}
