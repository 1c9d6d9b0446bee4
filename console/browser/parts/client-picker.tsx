import Select from '@cloudscape-design/components/select';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { offeredClients } from '../api/connections.ts';

interface ClientPickerProps {
  /** The destination of the clients. */
  connectionId: string;
  /** Whose client is chosen: "Contoso". Labels the picker. */
  of: string;
  value: { id: string; name: string } | null;
  onChange(client: { id: string; name: string }): void;
}

/** Selects one of a destination's thousands of clients; the API searches for the typed text. */
export function ClientPicker({ connectionId, of, value, onChange }: ClientPickerProps) {
  const [search, setSearch] = useState('');
  const { data, isFetching, error, refetch } = useQuery(offeredClients(connectionId, search));
  const options =
    data?.items.map(({ id, name }) => ({ value: id, label: name, description: `Client ${id}` })) ?? [];
  return (
    <Select
      selectedOption={value && { value: value.id, label: value.name }}
      options={options}
      filteringType="manual"
      filteringAriaLabel="Search clients by name or id"
      filteringPlaceholder="Name or id"
      filteringClearAriaLabel="Clear the search"
      ariaLabel={`Client for ${of}`}
      placeholder="Choose a client"
      selectedAriaLabel="Chosen"
      virtualScroll
      expandToViewport
      statusType={error ? 'error' : isFetching ? 'loading' : 'finished'}
      loadingText="Reading clients"
      errorText="The clients could not be read"
      recoveryText="Try again"
      empty={search ? 'No client has this in its name' : 'No clients'}
      onLoadItems={({ detail }) =>
        detail.firstPage && error ? void refetch() : setSearch(detail.filteringText)
      }
      onChange={({ detail: { selectedOption } }) =>
        onChange({ id: selectedOption.value!, name: selectedOption.label! })
      }
    />
  );
}
