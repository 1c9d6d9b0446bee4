import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import type { Page } from '../../api/client.ts';
import { useStartImport } from '../../api/imports.ts';
import { overview } from '../../api/overview.ts';
import type { Attention, Overview } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { countText } from '../../parts/figures.ts';
import { type Column, ItemsTable } from '../../parts/items-table.tsx';
import { PageButton, PageLink, pageUrl } from '../../parts/link.tsx';
import { MoneyList } from '../../parts/money.tsx';
import { Severity } from '../../parts/severity.tsx';
import { When } from '../../parts/when.tsx';
import { notify, notifyError } from '../../shell/notices.tsx';
import { kindText } from '../findings/words.ts';

/** What a person must do now, the most pressing first, each with what does it. */
export function AttentionTable() {
  const query = useQuery({
    ...overview,
    select: ({ attention }): Page<Attention> => ({ items: attention, nextCursor: null }),
  });
  const items = query.data?.items ?? [];
  return (
    <ItemsTable
      title="To do now"
      counter={items.length > 0 ? `(${countText(items.length)})` : undefined}
      query={query}
      columns={columns}
      idOf={(row) => [row.kind, row.cause, row.integrationId, row.connectionId, row.importId].join(' ')}
      nameOf={({ message }) => message}
      empty={<NothingToDo />}
    />
  );
}

const columns: Column<Attention>[] = [
  {
    id: 'what',
    header: 'What',
    names: true,
    width: 150,
    cell: ({ kind, cause, severity }) => (
      <>
        {kind === 'finding' ? kindText(cause!.split(':')[0]!) : titles[kind]}
        <div>
          <Severity severity={severity} />
        </div>
      </>
    ),
  },
  {
    id: 'message',
    header: 'Why',
    width: 380,
    cell: ({ message, count, kind }) => (
      <>
        {message}
        {kind === 'finding' && count > 1 && <> And {countText(count - 1)} more like it.</>}
      </>
    ),
  },
  {
    id: 'money',
    header: 'Worth',
    width: 150,
    cell: ({ money }) => (money.length > 0 ? <MoneyList amounts={money} places={2} /> : '–'),
  },
  {
    id: 'when',
    header: 'When',
    width: 130,
    cell: ({ deadline, since }) =>
      deadline ? (
        <>
          {new Date(deadline) < new Date() ? 'Overdue, ' : 'By '}
          <When at={deadline} />
        </>
      ) : since ? (
        <>
          Since <When at={since} />
        </>
      ) : (
        '–'
      ),
  },
  { id: 'action', header: 'Action', width: 150, cell: (row) => <Act {...row} /> },
];

const titles: Record<Exclude<Attention['kind'], 'finding'>, string> = {
  token: 'Token',
  'import-failed': 'Import failed',
  approval: 'Waits for approval',
};

const words: Record<Attention['action'], string> = {
  reauthorise: 'Enter a new token',
  import: 'Import again',
  approve: 'Decide',
  resolve: 'Decide',
};

function Act(row: Attention) {
  const router = useRouter();
  if (row.action === 'import') return <ImportAgain {...row} />;
  // An installation may offer more than its console has pages for.
  const [, , page] = router.getMatchedRoutes(new URL(row.link, location.origin).pathname);
  if (!page) return 'By the API for now';
  const only = row.findingId && row.count === 1 ? `&finding=${row.findingId}` : '';
  return (
    <PageButton href={row.link + only} ariaLabel={`${words[row.action]}: ${row.message}`}>
      {words[row.action]}
    </PageButton>
  );
}

function ImportAgain({ importId, integrationId, retrying, message }: Attention) {
  const start = useStartImport();
  const { data } = useQuery(overview);
  const kind = kindOf(data, importId);
  return (
    <SpaceBetween size="xxs">
      {retrying ? (
        <StatusIndicator type="in-progress">Tried again now</StatusIndicator>
      ) : (
        <Button
          loading={start.isPending}
          disabled={!kind}
          ariaLabel={`${words.import}: ${message}`}
          onClick={() =>
            start.mutate(
              { integrationId: integrationId!, kind: kind!, mode: 'apply' },
              {
                onSuccess: () => notify({ type: 'success', text: 'The import was started again.' }),
                onError: notifyError,
              },
            )
          }
        >
          {words.import}
        </Button>
      )}
      <PageLink href={pageUrl('/imports/{id}', { id: importId! })} ariaLabel={`Why: ${message}`}>
        Why
      </PageLink>
    </SpaceBetween>
  );
}

const kindOf = (known: Overview | undefined, importId: string | null) =>
  known?.integrations.flatMap(({ imports }) => imports).find(({ id }) => id === importId)?.kind;

/** Says what was looked at and when, so that quiet is not mistaken for blindness. */
function NothingToDo() {
  const { data } = useQuery(overview);
  if (!data) return null;
  const { integrations, asOf } = data;
  if (integrations.length === 0)
    return (
      <Empty
        title="Nothing is connected yet"
        action={<PageButton href="/connections/new">Add a connection</PageButton>}
      >
        Add your distributor and your PSA as connections. An integration then ties the two together.
      </Empty>
    );
  const last = integrations.flatMap(({ lastSync }) => lastSync?.at ?? []).sort();
  return (
    <Empty title="Nothing to do">
      Looked <When at={asOf} /> at{' '}
      {integrations.length === 1 ? 'one integration' : `${countText(integrations.length)} integrations`}:
      tokens, last imports, waiting changes and open findings.{' '}
      {last.length > 0 ? (
        <>
          The last sync ended <When at={last.at(-1)!} />.
        </>
      ) : (
        'Nothing has been synced yet.'
      )}
    </Empty>
  );
}
