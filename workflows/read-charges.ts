import { workflowInfo } from '@temporalio/workflow';
import type { ChargesInput } from '../temporal/messages.ts';
import { activities } from './activities.ts';

/** Reads what a distributor billed for a month, whole; its run names the reading. */
export async function readCharges({ connectionId, month }: ChargesInput): Promise<string> {
  return await activities.readCharges({ readingId: workflowInfo().runId, connectionId, month });
}
