import { Failure } from '../../domain/failure.ts';
import type { NewTicket } from '../contract.ts';
import { type HaloContext, post, readPage } from './client.ts';
import { clip, haloId } from './values.ts';

/** HaloPSA has no idempotency key for tickets, so the reference stands at the end of the summary. */
export async function createTicket(context: HaloContext, ticket: NewTicket): Promise<string> {
  const { reference, summary, details, clientId, ticketTypeId, priorityId, team } = ticket;
  const room = 250 - reference.length;
  const rows = await post(context, 'Tickets', [
    {
      summary: `${clip(summary, room)} ${reference}`,
      details,
      client_id: haloId(clientId),
      ...(ticketTypeId !== null && { tickettype_id: haloId(ticketTypeId) }),
      ...(priorityId !== null && { priority_id: haloId(priorityId) }),
      ...(team !== null && { team }),
      // A notice does not fill in what the ticket type demands of people.
      _novalidate: true,
    },
  ]);
  const id = (rows[0] as { id?: unknown } | undefined)?.id;
  if (typeof id === 'number' || (typeof id === 'string' && id !== '')) return String(id);
  throw new Failure('bad-answer', 'HaloPSA did not say which ticket it made.', { ambiguous: 'dropped' });
}

/** The newest page is enough. The filter is looked at again: HaloPSA answers everything to one it does not know. */
export async function ticketOf(context: HaloContext, reference: string): Promise<string | null> {
  const query = { search_summary: reference, order: 'id', orderdesc: true };
  const { rows } = await readPage(context, 'Tickets', query, 1);
  const found = rows.find((row) => String((row as { summary?: unknown }).summary ?? '').includes(reference));
  const id = (found as { id?: unknown } | undefined)?.id;
  return id === undefined || id === null ? null : String(id);
}
