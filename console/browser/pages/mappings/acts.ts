import { Problem } from '../../api/client.ts';
import { type MappedTo, useMapCustomer, useUnmapCustomer } from '../../api/mappings.ts';
import type { Mapping } from '../../api/types.ts';
import { messageOf } from '../../parts/trouble.tsx';
import { notify, notifyError } from '../../shell/notices.tsx';

/** A customer as it stands: `origin` null where nobody has said anything. */
export type Customer = Pick<Mapping, 'customerId' | 'customerName' | 'clientId' | 'origin'>;

/** Mapping and unmapping, each with what takes it back. */
export function useMappingActs(integrationId: string) {
  const mapping = useMapCustomer(integrationId);
  const unmapping = useUnmapCustomer(integrationId);
  /** Puts back what the customer was. */
  const restore = (before: Customer) => {
    if (before.origin === null) unmapping.mutate(before.customerId, { onError: notifyError });
    else mapping.mutate({ customerId: before.customerId, to: toOf(before) }, { onError: notifyError });
  };
  const map = (customer: Customer, to: MappedTo, toName: string) =>
    mapping.mutate(
      { customerId: customer.customerId, to },
      {
        onSuccess: () =>
          notify({
            type: 'success',
            text: `${customer.customerName} was mapped to ${toName}.`,
            undo: () => restore(customer),
          }),
        onError: (error) =>
          notify({
            type: 'error',
            text: `${customer.customerName} was not mapped. ${refusal(error, toName)}`,
          }),
      },
    );
  const unmap = (customer: Customer) =>
    unmapping.mutate(customer.customerId, {
      onSuccess: () =>
        notify({
          type: 'success',
          text: `${customer.customerName} was unmapped. What was written before is kept at the destination.`,
          undo: () => restore(customer),
        }),
      onError: notifyError,
    });
  return { map, unmap };
}

const toOf = ({ clientId }: Customer): MappedTo => (clientId === null ? { create: true } : { clientId });

function refusal(error: Error, clientName: string): string {
  if (!(error instanceof Problem) || error.type !== 'client-taken') return messageOf(error);
  return `${clientName} is the client of customer ${String(error.members.customerId)} already. ${error.todo ?? ''}`;
}
