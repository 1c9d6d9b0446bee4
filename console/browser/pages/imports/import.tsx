import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { importOf, useStartImport } from '../../api/imports.ts';
import { integration } from '../../api/integrations.ts';
import { useLiveImport } from '../../api/live.ts';
import { queries } from '../../api/queries.ts';
import type { Import } from '../../api/types.ts';
import { Copied } from '../../parts/copied.tsx';
import { countText } from '../../parts/figures.ts';
import { PageLink, pageUrl } from '../../parts/link.tsx';
import { LoadedPage } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { searchOf } from '../../parts/search.ts';
import { useNow, When } from '../../parts/when.tsx';
import { notifyError } from '../../shell/notices.tsx';
import { shellRoute } from '../../shell/shell.tsx';
import { CancelImport } from './cancel-import.tsx';
import { ImportItems, type ItemsSearch } from './items.tsx';
import { ImportProgress } from './progress.tsx';
import { ImportStory } from './story.tsx';
import { titleOf, triggers } from './words.tsx';

export const importRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/imports/$id',
  validateSearch: searchOf('action', 'outcome', 'rule', 'search'),
  component: ImportPage,
});

const above = [{ text: 'Imports', href: '/imports' }];

function ImportPage() {
  const { id } = importRoute.useParams();
  const query = useQuery(importOf(id));
  return (
    <LoadedPage title="Import" above={above} query={query}>
      {(now) => <Shown key={id} now={now} />}
    </LoadedPage>
  );
}

function Shown({ now }: { now: Import }) {
  const { id, state } = now;
  const running = state === 'running';
  const { news, seen } = useLiveImport(id, running);
  const search: ItemsSearch = importRoute.useSearch();
  const navigate = useNavigate({ from: '/imports/$id' });
  const known = useQuery(integration(now.integrationId)).data;
  const [cancelling, setCancelling] = useState(false);
  const take = () => {
    seen();
    for (const part of ['items', 'groups'])
      void queries.invalidateQueries({ queryKey: ['imports', id, part] });
  };
  return (
    <Page
      title={titleOf(now)}
      description={known?.name}
      above={above}
      actions={
        <>
          {running && <Button onClick={() => setCancelling(true)}>Cancel</Button>}
          {!running && known && (now.mode === 'preview' || unfinished.has(now.state)) && <Again now={now} />}
        </>
      }
    >
      <Overtaken now={now} />
      {running ? <ImportProgress now={now} /> : <ImportStory now={now} sourceId={known?.sourceId} />}
      {running && news.items > 0 && (
        <Alert type="info" action={<Button onClick={take}>Show them</Button>}>
          {countText(news.items)} new {news.items === 1 ? 'item' : 'items'}
        </Alert>
      )}
      <ImportItems
        of={now}
        search={search}
        onSearch={(chosen) => void navigate({ search: chosen, replace: true })}
      />
      <Facts now={now} integrationName={known?.name} />
      {cancelling && <CancelImport now={now} onClose={() => setCancelling(false)} />}
    </Page>
  );
}

const day = 24 * 3_600_000;

/** A preview does not hold for ever. */
function Overtaken({ now: { mode, finishedAt } }: { now: Import }) {
  const clock = useNow();
  if (mode !== 'preview' || !finishedAt || clock.getTime() - new Date(finishedAt).getTime() < day)
    return null;
  return (
    <Alert type="warning" header="This preview is older than 24 hours">
      It can be read and no longer approved. Preview again to see what would change now.
    </Alert>
  );
}

/** Left something undone: the next one does it. */
const unfinished: ReadonlySet<Import['state']> = new Set(['failed', 'cancelled', 'incomplete']);

/** The same once more. */
function Again({ now: { integrationId, kind, mode } }: { now: Import }) {
  const start = useStartImport();
  const navigate = useNavigate();
  return (
    <Button
      loading={start.isPending}
      onClick={() =>
        start.mutate(
          { integrationId, kind, mode: mode === 'preview' ? 'preview' : 'apply' },
          {
            onSuccess: (started) => void navigate({ href: `/imports/${started.id}` }),
            onError: notifyError,
          },
        )
      }
    >
      {mode === 'preview' ? 'Preview again' : 'Import again'}
    </Button>
  );
}

function Facts({ now, integrationName }: { now: Import; integrationName: string | undefined }) {
  const { id, trigger, startedBy, startedAt, finishedAt, progress, previewId, temporal, integrationId } = now;
  return (
    <Container header={<Header variant="h2">Facts</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          {
            label: 'Started',
            value: (
              <>
                <When at={startedAt} />
                {startedBy ? ` by ${startedBy.name}` : `. ${triggers[trigger]}`}
              </>
            ),
          },
          { label: 'Ended', value: finishedAt ? <When at={finishedAt} /> : 'Still running' },
          { label: 'Calls to the destination', value: countText(progress.calls) },
          {
            label: 'Integration',
            value: (
              <PageLink href={pageUrl('/integrations/{id}', { id: integrationId })}>
                {integrationName ?? integrationId}
              </PageLink>
            ),
          },
          {
            label: 'Workflow',
            value: temporal.url ? (
              <Link href={temporal.url} external externalIconAriaLabel="opens in a new tab">
                Its run in Temporal
              </Link>
            ) : (
              (temporal.runId ?? 'Not started yet')
            ),
          },
          ...(previewId
            ? [
                {
                  label: 'Applies',
                  value: (
                    <PageLink href={pageUrl('/imports/{id}', { id: previewId })}>
                      An approved preview
                    </PageLink>
                  ),
                },
              ]
            : []),
          {
            label: 'ID',
            value: <Copied text={id} of="the import's id" />,
          },
        ]}
      />
    </Container>
  );
}
