import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { settings } from '../../api/access.ts';
import type { Settings } from '../../api/types.ts';
import type { Column } from '../../parts/items-table.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { Rows } from '../../parts/rows.tsx';
import { searchOf } from '../../parts/search.ts';
import { shellRoute } from '../../shell/shell.tsx';
import { ApiKeys } from './api-keys.tsx';

export const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/settings',
  validateSearch: searchOf('cursor', 'page'),
  component: SettingsPage,
});

function SettingsPage() {
  const place = settingsRoute.useSearch();
  const navigate = useNavigate({ from: '/settings' });
  const query = useQuery(settings);
  return (
    <Page title="Settings" description="Who may use this installation, and what it was started with.">
      <ApiKeys place={place} onPlace={({ cursor, page }) => void navigate({ search: { cursor, page } })} />
      <Container
        header={
          <Header
            variant="h2"
            description="Read when Tributary starts. Change a variable where Tributary is started, then start it again."
          >
            Environment in force
          </Header>
        }
      >
        <Loaded query={query}>{(known) => <Environment known={known} />}</Loaded>
      </Container>
    </Page>
  );
}

type Setting = Settings['items'][number];

function Environment({ known: { items, keyIds, node } }: { known: Settings }) {
  return (
    <div className="stack">
      <Rows
        title="Variables"
        rows={items}
        columns={columns}
        idOf={({ name }) => name}
        nameOf={({ name }) => name}
      />
      <KeyValuePairs
        columns={2}
        items={[
          { label: 'Keys that seal credentials', value: `${keyIds.join(', ')} (the first one seals)` },
          { label: 'Node.js', value: node },
        ]}
      />
    </div>
  );
}

const columns: Column<Setting>[] = [
  { id: 'name', header: 'Variable', names: true, width: 220, cell: ({ name }) => <code>{name}</code> },
  {
    id: 'value',
    header: 'Value',
    width: 360,
    cell: ({ value, secret, source }) =>
      value ?? (secret && source === 'environment' ? 'Set, and never shown' : 'Not set'),
  },
  {
    id: 'source',
    header: 'From',
    cell: ({ source }) => (source === 'environment' ? 'The environment' : 'The default'),
  },
];
