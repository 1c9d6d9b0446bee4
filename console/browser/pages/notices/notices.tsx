import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { notifications } from '../../api/notifications.ts';
import type { Notification } from '../../api/types.ts';
import { Empty } from '../../parts/empty.tsx';
import { type Column, ItemsTable } from '../../parts/items-table.tsx';
import { PageButton, PageLink, pageUrl } from '../../parts/link.tsx';
import { Page } from '../../parts/page.tsx';
import { When } from '../../parts/when.tsx';
import { useKeys } from '../../shell/keys.tsx';
import { shellRoute } from '../../shell/shell.tsx';
import { channels, rulesText, states, targetOf } from './words.ts';

export const noticesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/notices',
  component: Notices,
});

const columns: Column<Notification>[] = [
  {
    id: 'name',
    header: 'Name',
    names: true,
    cell: ({ id, name }) => <PageLink href={pageUrl('/notices/{id}', { id })}>{name}</PageLink>,
  },
  { id: 'channel', header: 'Channel', cell: ({ channel }) => channels[channel].text },
  { id: 'target', header: 'Goes to', cell: targetOf },
  {
    id: 'rules',
    header: 'Sends',
    cell: ({ rules }) => rulesText(rules).map((line) => <div key={line}>{line}</div>),
  },
  {
    id: 'last',
    header: 'Last notice',
    cell: ({ enabled, last }) =>
      !enabled ? (
        <StatusIndicator type="stopped">Off</StatusIndicator>
      ) : last ? (
        <StatusIndicator type={states[last.state].type}>
          {states[last.state].text}, <When at={last.at} />
        </StatusIndicator>
      ) : (
        'None yet'
      ),
  },
];

function Notices() {
  const query = useQuery(notifications);
  const navigate = useNavigate();
  useKeys([{ keys: 'n', does: 'Add a channel', act: () => void navigate({ href: '/notices/new' }) }]);
  return (
    <Page
      title="Notices"
      description="Where Tributary notifies you of what needs attention, so that nobody has to check here every day."
      actions={
        <PageButton variant="primary" href="/notices/new">
          Add a channel
        </PageButton>
      }
    >
      <ItemsTable
        title="Channels"
        heading={null}
        query={query}
        columns={columns}
        idOf={({ id }) => id}
        nameOf={({ name }) => name}
        empty={
          <Empty title="No channels yet" action={<PageButton href="/notices/new">Add a channel</PageButton>}>
            Without one, findings and failed imports show on the overview only.
          </Empty>
        }
      />
    </Page>
  );
}
