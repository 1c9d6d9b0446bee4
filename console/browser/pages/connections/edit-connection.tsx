import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { connection, connectors, useChangeConnection } from '../../api/connections.ts';
import type { Connection } from '../../api/types.ts';
import { pageUrl } from '../../parts/link.tsx';
import { Loaded, LoadedPage } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { notify } from '../../shell/notices.tsx';
import { shellRoute } from '../../shell/shell.tsx';
import { ConnectionForm } from './connection-form.tsx';

export const editConnectionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/connections/$id/edit',
  component: EditConnection,
});

function EditConnection() {
  const { id } = editConnectionRoute.useParams();
  const query = useQuery(connection(id));
  return (
    <LoadedPage title="Change a connection" query={query}>
      {(known) => <Edit known={known} />}
    </LoadedPage>
  );
}

function Edit({ known }: { known: Connection }) {
  const { id, name } = known;
  const navigate = useNavigate();
  const kinds = useQuery(connectors);
  const change = useChangeConnection(known);
  return (
    <Page
      title={`Change ${name}`}
      above={[
        { text: 'Connections', href: '/connections' },
        { text: name, href: pageUrl('/connections/{id}', { id }) },
      ]}
    >
      <Loaded query={kinds}>
        {({ items }) => (
          <ConnectionForm
            // Remounted when someone else has saved meanwhile.
            key={known.version}
            connector={items.find(({ kind }) => kind === known.kind)!}
            known={known}
            submit="Save and test"
            cancelHref={pageUrl('/connections/{id}', { id })}
            saving={change.isPending}
            error={change.error}
            onSubmit={({ name, settings, credentials }) =>
              change.mutate(
                {
                  name,
                  ...(Object.keys(settings).length > 0 ? { settings } : {}),
                  ...(Object.keys(credentials).length > 0 ? { credentials } : {}),
                },
                {
                  onSuccess: () => {
                    notify({ type: 'success', text: `${name} was saved.` });
                    void navigate({ to: '/connections/$id', params: { id }, search: { test: 'now' } });
                  },
                },
              )
            }
          />
        )}
      </Loaded>
    </Page>
  );
}
