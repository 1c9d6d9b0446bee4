import Box from '@cloudscape-design/components/box';
import Spinner from '@cloudscape-design/components/spinner';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Page, type PageProps } from './page.tsx';
import { Trouble } from './trouble.tsx';

/** Shows the loaded data, the loading state, or the error. */
export function Loaded<Data>({
  query,
  children,
}: {
  query: UseQueryResult<Data>;
  children: (data: Data) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <Trouble error={query.error} retry={() => void query.refetch()} />;
  return <Reading />;
}

export function Reading() {
  return (
    <Box padding="l" textAlign="center" color="text-body-secondary">
      <Spinner /> Reading…
    </Box>
  );
}

/** The same for a page whose title is unknown until its data is loaded. */
export function LoadedPage<Data>({
  query,
  children,
  ...page
}: Pick<PageProps, 'title' | 'above'> & {
  query: UseQueryResult<Data>;
  children: (data: Data) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  return (
    <Page {...page}>
      <Loaded query={query}>{() => null}</Loaded>
    </Page>
  );
}
