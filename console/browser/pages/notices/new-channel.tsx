import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import FormField from '@cloudscape-design/components/form-field';
import Tiles from '@cloudscape-design/components/tiles';
import { createRoute, useNavigate } from '@tanstack/react-router';
import { useAddNotification } from '../../api/notifications.ts';
import type { Notification } from '../../api/types.ts';
import { PageButton, pageUrl } from '../../parts/link.tsx';
import { Page } from '../../parts/page.tsx';
import { searchOf } from '../../parts/search.ts';
import { notify } from '../../shell/notices.tsx';
import { shellRoute } from '../../shell/shell.tsx';
import { ChannelForm } from './channel-form.tsx';
import { channels } from './words.ts';

export const newChannelRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/notices/new',
  validateSearch: searchOf('kind'),
  component: NewChannel,
});

const above = [{ text: 'Notices', href: '/notices' }];

function NewChannel() {
  const { kind } = newChannelRoute.useSearch();
  const navigate = useNavigate();
  const add = useAddNotification();
  const channel = kind && kind in channels ? (kind as Notification['channel']) : null;
  const { id, secret } = add.data ?? {};
  if (id && secret) return <MadeSecret id={id} secret={secret} />;
  return (
    <Page title="Add a channel" above={above}>
      <Container>
        <FormField label="How should it reach you?" stretch>
          <Tiles
            value={channel}
            ariaLabel="How should it reach you?"
            items={Object.entries(channels).map(([value, { text, does }]) => ({
              value,
              label: text,
              description: does,
            }))}
            onChange={({ detail }) => {
              add.reset();
              void navigate({ to: '/notices/new', search: { kind: detail.value }, replace: true });
            }}
          />
        </FormField>
      </Container>
      {channel && (
        <ChannelForm
          key={channel}
          channel={channel}
          action="Add the channel"
          working={add.isPending}
          error={add.error}
          onSend={(input) =>
            add.mutate(
              { channel, ...input },
              {
                onSuccess: ({ id, name, secret }) => {
                  if (secret) return;
                  notify({ type: 'success', text: `${name} was added. Test it now.` });
                  void navigate({ href: pageUrl('/notices/{id}', { id }) });
                },
              },
            )
          }
        />
      )}
    </Page>
  );
}

function MadeSecret({ id, secret }: { id: string; secret: string }) {
  return (
    <Page title="The channel was added" above={above}>
      <Alert
        type="success"
        header="Keep this signing secret now: it is not shown again"
        action={<PageButton href={pageUrl('/notices/{id}', { id })}>Continue to the test</PageButton>}
      >
        <CopyToClipboard
          variant="inline"
          textToCopy={secret}
          copyButtonAriaLabel="Copy the signing secret"
          copySuccessText="Copied"
          copyErrorText="Not copied"
        />
      </Alert>
    </Page>
  );
}
