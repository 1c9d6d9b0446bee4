import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import {
  notification,
  useChangeNotification,
  useRemoveNotification,
  useTestNotification,
} from '../../api/notifications.ts';
import type { Notification } from '../../api/types.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { LoadedPage } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { searchOf } from '../../parts/search.ts';
import { Trouble } from '../../parts/trouble.tsx';
import { useKeys } from '../../shell/keys.tsx';
import { notify } from '../../shell/notices.tsx';
import { shellRoute } from '../../shell/shell.tsx';
import { ChannelForm } from './channel-form.tsx';
import { Deliveries } from './deliveries.tsx';
import { channels } from './words.ts';

export const channelRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/notices/$id',
  validateSearch: searchOf('cursor', 'page'),
  component: Channel,
});

const above = [{ text: 'Notices', href: '/notices' }];

function Channel() {
  const { id } = channelRoute.useParams();
  const place = channelRoute.useSearch();
  const navigate = useNavigate({ from: '/notices/$id' });
  return (
    <LoadedPage title="Channel" above={above} query={useQuery(notification(id))}>
      {(known) => <Shown known={known} place={place} onPlace={(search) => void navigate({ search })} />}
    </LoadedPage>
  );
}

function Shown({
  known,
  place,
  onPlace,
}: {
  known: Notification;
  place: { cursor?: string; page?: string };
  onPlace(place: { cursor?: string; page?: string }): void;
}) {
  const { id, name, channel, version } = known;
  const change = useChangeNotification(known);
  const test = useTestNotification(id);
  const [removing, setRemoving] = useState(false);
  useKeys([{ keys: 't', does: 'Test this channel', act: () => test.mutate() }]);
  return (
    <Page
      title={name}
      description={channels[channel].text}
      above={above}
      actions={
        <>
          <Button loading={test.isPending} loadingText="Sending" onClick={() => test.mutate()}>
            Send a test notice
          </Button>
          <Button onClick={() => setRemoving(true)}>Delete</Button>
        </>
      }
    >
      <SpaceBetween size="l">
        {test.error && <Trouble error={test.error} retry={() => test.mutate()} />}
        {test.data && (
          <Alert
            type={test.data.ok ? 'success' : 'error'}
            header={test.data.ok ? 'The test notice was delivered' : 'The test notice was not delivered'}
          >
            {test.data.message}
          </Alert>
        )}
        <Deliveries id={id} place={place} onPlace={onPlace} />
        <ChannelForm
          key={version}
          channel={channel}
          known={known}
          action="Save the channel"
          working={change.isPending}
          error={change.error}
          onSend={(input) => {
            const { credentials, ...rest } = input;
            const secrets = Object.keys(credentials).length > 0 ? { credentials } : {};
            change.mutate(
              { ...rest, ...secrets },
              { onSuccess: () => notify({ type: 'success', text: `${name} was saved.` }) },
            );
          }}
        />
      </SpaceBetween>
      {removing && <Remove known={known} onClose={() => setRemoving(false)} />}
    </Page>
  );
}

function Remove({ known: { id, name }, onClose }: { known: Notification; onClose(): void }) {
  const navigate = useNavigate();
  const remove = useRemoveNotification(id);
  return (
    <Confirm
      title={`Delete ${name}?`}
      action="Delete the channel"
      working={remove.isPending}
      error={remove.error}
      onCancel={onClose}
      onConfirm={() =>
        remove.mutate(undefined, {
          onSuccess: () => {
            notify({ type: 'success', text: `${name} was deleted.` });
            void navigate({ to: '/notices' });
          },
        })
      }
    >
      Its secret and its delivery log are deleted at once. What still waits is not sent.
    </Confirm>
  );
}
