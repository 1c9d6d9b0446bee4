import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { apiKeys, useRevokeKey } from '../../api/access.ts';
import type { ApiKey } from '../../api/types.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Empty } from '../../parts/empty.tsx';
import { daysUntil } from '../../parts/figures.ts';
import { type Column, ItemsTable } from '../../parts/items-table.tsx';
import type { Place } from '../../parts/pager.tsx';
import { useNow, When } from '../../parts/when.tsx';
import { useKeys } from '../../shell/keys.tsx';
import { notify } from '../../shell/notices.tsx';
import { NewKey } from './new-key.tsx';
import { scopeText } from './words.ts';

/** The keys of people and programs, but for the first one, which stands in the environment. */
export function ApiKeys({ place, onPlace }: { place: Place; onPlace(place: Place): void }) {
  const query = useQuery(apiKeys(place.cursor));
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  useKeys([{ keys: 'n', does: 'Make an API key', act: () => setMaking(true) }]);
  const make = <Button onClick={() => setMaking(true)}>Make an API key</Button>;
  const columns: Column<ApiKey>[] = [
    {
      id: 'name',
      header: 'Name',
      names: true,
      width: 200,
      cell: ({ name, prefix }) => (
        <>
          {name}
          <Box variant="small" display="block" color="text-body-secondary">
            <code>{prefix}…</code>
          </Box>
        </>
      ),
    },
    { id: 'scopes', header: 'May', width: 110, cell: ({ scopes }) => scopeText(scopes) },
    {
      id: 'made',
      header: 'Made',
      width: 180,
      cell: ({ createdBy, createdAt }) => (
        <>
          {createdBy.name}, <When at={createdAt} />
        </>
      ),
    },
    {
      id: 'used',
      header: 'Last used',
      cell: ({ lastUsedAt }) => (lastUsedAt ? <When at={lastUsedAt} /> : 'Never'),
    },
    { id: 'expires', header: 'Expires', width: 180, cell: ({ expiresAt }) => <Expiry at={expiresAt} /> },
    {
      id: 'actions',
      header: 'Action',
      cell: (row) => (
        <Button variant="inline-link" ariaLabel={`Revoke ${row.name}`} onClick={() => setRevoking(row)}>
          Revoke
        </Button>
      ),
    },
  ];
  return (
    <>
      <ItemsTable
        title="API keys"
        description="Every change is remembered under the name of the key it was made with."
        actions={make}
        query={query}
        columns={columns}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        place={place}
        onPlace={onPlace}
        empty={
          <Empty title="No API keys yet" action={make}>
            Only the first admin key opens this installation. Make one for each person and program.
          </Empty>
        }
      />
      {making && <NewKey onClose={() => setMaking(false)} />}
      {revoking && <Revoke of={revoking} onClose={() => setRevoking(null)} />}
    </>
  );
}

/** Days before the end at which a person should think of it. */
const soonDays = 14;

function Expiry({ at }: { at: string | null }) {
  const now = useNow();
  if (!at) return 'Never';
  if (new Date(at) <= now) return <StatusIndicator type="stopped">Expired</StatusIndicator>;
  if (daysUntil(at, now) >= soonDays) return <When at={at} />;
  return (
    <StatusIndicator type="warning">
      <When at={at} />
    </StatusIndicator>
  );
}

function Revoke({ of: { id, name }, onClose }: { of: ApiKey; onClose(): void }) {
  const revoke = useRevokeKey(id);
  return (
    <Confirm
      title={`Revoke ${name}?`}
      action="Revoke the key"
      working={revoke.isPending}
      error={revoke.error}
      onCancel={onClose}
      onConfirm={() =>
        revoke.mutate(undefined, {
          onSuccess: () => {
            onClose();
            notify({ type: 'success', text: `${name} was revoked. Its sessions have ended.` });
          },
        })
      }
    >
      It stops working at once, and the sessions opened with it end. What was done with it stays in the audit.
      It cannot be given back: make a new one instead.
    </Confirm>
  );
}
