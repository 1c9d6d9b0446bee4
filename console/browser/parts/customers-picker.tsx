import Multiselect from '@cloudscape-design/components/multiselect';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { offeredCustomers } from '../api/customers.ts';

interface Customer {
  id: string;
  name: string;
}

interface CustomersPickerProps {
  /** The distributor of the customers. */
  connectionId: string;
  chosen: Customer[];
  onChange(chosen: Customer[]): void;
}

/** Selects some of a distributor's customers; the API searches for the typed text. */
export function CustomersPicker({ connectionId, chosen, onChange }: CustomersPickerProps) {
  const [search, setSearch] = useState('');
  const { data, isFetching, error, refetch } = useQuery(offeredCustomers(connectionId, search));
  const option = ({ id, name }: Customer) => ({ value: id, label: name, description: `Customer ${id}` });
  return (
    <Multiselect
      selectedOptions={chosen.map(option)}
      options={data?.items.map(option) ?? []}
      filteringType="manual"
      filteringAriaLabel="Search customers by name or id"
      filteringPlaceholder="Name or id"
      filteringClearAriaLabel="Clear the search"
      placeholder="Choose customers"
      ariaLabel="Customers"
      selectedAriaLabel="Chosen"
      deselectAriaLabel={({ label }) => `Leave out ${label}`}
      tokenLimit={5}
      virtualScroll
      expandToViewport
      keepOpen
      statusType={error ? 'error' : isFetching ? 'loading' : 'finished'}
      loadingText="Reading customers"
      errorText="The customers could not be read"
      recoveryText="Try again"
      empty={search ? 'No customer has this in its name' : 'No customers have been read yet'}
      onLoadItems={({ detail }) =>
        detail.firstPage && error ? void refetch() : setSearch(detail.filteringText)
      }
      onChange={({ detail }) =>
        onChange(detail.selectedOptions.map(({ value, label }) => ({ id: value!, name: label! })))
      }
    />
  );
}
