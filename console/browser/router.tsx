import { createRouter } from '@tanstack/react-router';
import { onSignedOut } from './api/queries.ts';
import { approvalsRoute } from './pages/approvals/approvals.tsx';
import { auditRoute } from './pages/audit/audit.tsx';
import { connectionRoute } from './pages/connections/connection.tsx';
import { connectionsRoute } from './pages/connections/connections.tsx';
import { editConnectionRoute } from './pages/connections/edit-connection.tsx';
import { newConnectionRoute } from './pages/connections/new-connection.tsx';
import { findingsRoute } from './pages/findings/findings.tsx';
import { importRoute } from './pages/imports/import.tsx';
import { importsRoute } from './pages/imports/imports.tsx';
import { integrationRoute } from './pages/integrations/integration.tsx';
import { integrationsRoute } from './pages/integrations/integrations.tsx';
import { newIntegrationRoute } from './pages/integrations/new-integration.tsx';
import { channelRoute } from './pages/notices/channel.tsx';
import { newChannelRoute } from './pages/notices/new-channel.tsx';
import { noticesRoute } from './pages/notices/notices.tsx';
import { overviewRoute } from './pages/overview/overview.tsx';
import { reconciliationRoute } from './pages/reconciliation/reconciliation.tsx';
import { statementRoute } from './pages/reconciliation/statement.tsx';
import { renewalsRoute } from './pages/renewals/renewals.tsx';
import { settingsRoute } from './pages/settings/settings.tsx';
import { signInRoute } from './pages/sign-in/sign-in.tsx';
import { subscriptionRoute } from './pages/subscriptions/subscription.tsx';
import { subscriptionsRoute } from './pages/subscriptions/subscriptions.tsx';
import { rootRoute } from './shell/root.tsx';
import { shellRoute } from './shell/shell.tsx';

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    signInRoute,
    shellRoute.addChildren([
      overviewRoute,
      importsRoute,
      importRoute,
      findingsRoute,
      connectionsRoute,
      newConnectionRoute,
      connectionRoute,
      editConnectionRoute,
      integrationsRoute,
      newIntegrationRoute,
      integrationRoute,
      reconciliationRoute,
      statementRoute,
      renewalsRoute,
      approvalsRoute,
      noticesRoute,
      newChannelRoute,
      channelRoute,
      subscriptionsRoute,
      subscriptionRoute,
      auditRoute,
      settingsRoute,
    ]),
  ]),
  // Filters are plain text, so that a URL can be read, typed and sent to a colleague.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
    const text = new URLSearchParams(given as [string, string][]).toString();
    return text && `?${text}`;
  },
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

onSignedOut(() => {
  const { pathname, href } = router.state.location;
  if (pathname !== '/sign-in') void router.navigate({ to: '/sign-in', search: { to: href }, replace: true });
});
