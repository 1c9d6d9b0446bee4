import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation } from '@tanstack/react-query';
import { createRoute, useRouter } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { Problem } from '../../api/client.ts';
import { signIn } from '../../api/sessions.ts';
import { searchOf } from '../../parts/search.ts';
import { Trouble } from '../../parts/trouble.tsx';
import { rootRoute } from '../../shell/root.tsx';

export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: searchOf('to'),
  component: SignIn,
});

/** With an API key, or at once with the one-time link that `npm start` prints: `/sign-in#link=…`. */
function SignIn() {
  const router = useRouter();
  const { to } = signInRoute.useSearch();
  const [key, setKey] = useState('');
  const enter = useMutation({
    mutationFn: signIn,
    onSuccess: () => router.navigate({ href: ownPage(to), replace: true }),
  });
  const { mutate } = enter;

  useEffect(() => {
    document.title = 'Sign in · Tributary';
    const link = new URLSearchParams(location.hash.slice(1)).get('link');
    if (!link) return;
    // The secret stays neither in the address bar nor in the browser's history.
    history.replaceState(history.state, '', location.pathname + location.search);
    mutate({ link });
  }, [mutate]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim()) enter.mutate({ key: key.trim() });
  };
  return (
    <main className="sign-in">
      <form onSubmit={submit}>
        <Container header={<Header variant="h1">Tributary</Header>}>
          <Form
            actions={
              <Button variant="primary" formAction="submit" loading={enter.isPending}>
                Sign in
              </Button>
            }
          >
            <SpaceBetween size="m">
              <FormField
                label="API key"
                description="The key of this installation, or one made for you under Settings."
                errorText={
                  enter.error instanceof Problem && enter.error.status === 401
                    ? refused(enter.variables)
                    : undefined
                }
              >
                <Input
                  type="password"
                  value={key}
                  onChange={({ detail }) => setKey(detail.value)}
                  autoComplete="current-password"
                  name="key"
                  autoFocus
                />
              </FormField>
              {enter.error && !(enter.error instanceof Problem && enter.error.status === 401) && (
                <Trouble error={enter.error} />
              )}
              <Box color="text-body-secondary">
                No key at hand? On the machine Tributary runs on, <code>npm start</code> prints where the key
                is kept and a link that signs you in once.
              </Box>
            </SpaceBetween>
          </Form>
        </Container>
      </form>
    </main>
  );
}

const refused = (given: object | undefined) =>
  given && 'link' in given
    ? 'This link has been used or has expired. Sign in with an API key.'
    : 'This key is not accepted. Check that it was copied whole and has not expired or been revoked.';

/** Where the reader wanted to go, if that is one of our own pages. */
export const ownPage = (to: string | undefined): string => (to && /^\/(?![/\\])/.test(to) ? to : '/');
