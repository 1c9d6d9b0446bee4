import { isOvertaken, Problem } from '../../api/client.ts';
import { type MappedTo, useMapCustomer, useUnmapCustomer } from '../../api/mappings.ts';
import type { Mapping } from '../../api/types.ts';
import { messageOf } from '../../parts/trouble.tsx';
import { notify } from '../../shell/notices.tsx';

/** A customer as it stands: `origin` null where nobody has said anything. */
export type Customer = Pick<Mapping, 'customerId' | 'customerName' | 'clientId' | 'origin' | 'version'>;

/** Mapping and unmapping, each with what takes it back. */
export function useMappingActs(integrationId: string) {
  const mapping = useMapCustomer(integrationId);
  const unmapping = useUnmapCustomer(integrationId);
  /** Puts back what the customer was, if it is still what was made of it: `seen`. */
  const restore = (before: Customer, seen: string | null) => {
    const { customerId } = before;
    if (before.origin !== null)
      mapping.mutate({ customerId, to: toOf(before), seen }, { onError: tell(before) });
    else if (seen !== null) unmapping.mutate({ customerId, seen }, { onError: tell(before) });
  };
  const map = (customer: Customer, to: MappedTo, toName: string) =>
    mapping.mutate(
      { customerId: customer.customerId, to, seen: customer.version },
      {
        onSuccess: ({ version }) =>
          notify({
            type: 'success',
            text: `${customer.customerName} was mapped to ${toName}.`,
            undo: () => restore(customer, version),
          }),
        onError: tell(customer, toName),
      },
    );
  const unmap = (customer: Customer) =>
    customer.version !== null &&
    unmapping.mutate(
      { customerId: customer.customerId, seen: customer.version },
      {
        onSuccess: () =>
          notify({
            type: 'success',
            text: `${customer.customerName} was unmapped. What was written before is kept at the destination.`,
            undo: () => restore(customer, null),
          }),
        onError: tell(customer),
      },
    );
  return { map, unmap };
}

const toOf = ({ clientId }: Customer): MappedTo => (clientId === null ? { create: true } : { clientId });

const tell =
  ({ customerName }: Customer, clientName = 'The client') =>
  (error: Error) =>
    notify({ type: 'error', text: `${customerName} was not changed. ${refusal(error, clientName)}` });

function refusal(error: Error, clientName: string): string {
  if (isOvertaken(error)) return 'Someone else has mapped or unmapped it meanwhile; the list shows it now.';
  if (!(error instanceof Problem) || error.type !== 'client-taken') return messageOf(error);
  return `${clientName} is the client of customer ${String(error.members.customerId)} already. ${error.todo ?? ''}`;
}
