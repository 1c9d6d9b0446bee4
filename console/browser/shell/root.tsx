import Box from '@cloudscape-design/components/box';
import { createRootRoute, Outlet } from '@tanstack/react-router';
import { PageLink } from '../parts/link.tsx';

export const rootRoute = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

function NotFound() {
  return (
    <main>
      <Box padding="xl">
        <Box variant="h1">Page not found</Box>
        <Box variant="p">
          Check the address, or go to the <PageLink href="/">first page</PageLink>.
        </Box>
      </Box>
    </main>
  );
}
