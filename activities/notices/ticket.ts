import type { PushDestination } from '../../connectors/contract.ts';
import { Failure } from '../../domain/failure.ts';
import { referenceOf, type TicketSettings } from '../../domain/notices.ts';
import { openConnection, withHeartbeat } from '../external/open-connection.ts';
import { type Send, Undelivered } from './sending.ts';

/** A ticket in HaloPSA. After a try whose answer may have been lost, the ticket is looked for before another is made. */
export const sendTicket: Send = async ({ deps, channel, notice, again }) => {
  const { connectionId, clientId, ticketTypeId, priorityId, team } = channel.settings as TicketSettings;
  const reference = referenceOf(notice.id);
  try {
    const { connector, context } = await openConnection<PushDestination>(deps, connectionId, {
      purpose: 'person',
    });
    if (!connector.createTicket || !connector.ticketOf)
      throw new Undelivered('This connection takes no tickets.', { final: true });
    const made = again ? await withHeartbeat(() => connector.ticketOf!(context, reference)) : null;
    const id =
      made ??
      (await withHeartbeat(() =>
        connector.createTicket!(context, {
          reference,
          summary: notice.subject,
          details: notice.text,
          clientId,
          ticketTypeId: ticketTypeId ?? null,
          priorityId: priorityId ?? null,
          team: team ?? null,
        }),
      ));
    return { status: null, message: `HaloPSA has it as ticket ${id}.`, reference: id };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { status = null, remedy, retryAfterMs } = error.details;
    // What HaloPSA refuses today, a person may allow tomorrow: only a connection that is gone stays gone.
    const final = error.kind === 'not-found' && status === null;
    throw new Undelivered([error.message, remedy].filter(Boolean).join(' '), { status, retryAfterMs, final });
  }
};
