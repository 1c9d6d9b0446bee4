import AppLayoutToolbar from '@cloudscape-design/components/app-layout-toolbar';
import SideNavigation from '@cloudscape-design/components/side-navigation';
import SplitPanel from '@cloudscape-design/components/split-panel';
import TopNavigation from '@cloudscape-design/components/top-navigation';
import { useQuery } from '@tanstack/react-query';
import { createRoute, Outlet, useLocation, useRouter } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { session, signOut } from '../api/sessions.ts';
import { useFollow } from '../parts/link.tsx';
import { useIsNarrow } from '../parts/narrow.ts';
import { Keys, useKeys } from './keys.tsx';
import { type Choice, chooseMode, useMode } from './mode.ts';
import { navigation } from './navigation.ts';
import { Notices, notifyError } from './notices.tsx';
import { rootRoute } from './root.tsx';
import { type Panel, SlotsContext } from './slots.ts';

/** The frame of every page except sign-in: its route is the parent of all others. */
export const shellRoute = createRoute({ getParentRoute: () => rootRoute, id: 'shell', component: Shell });

const modes: Record<Choice, string> = { system: 'As the system', light: 'Light', dark: 'Dark' };

function Shell() {
  const router = useRouter();
  const follow = useFollow();
  const { pathname } = useLocation();
  const narrow = useIsNarrow();
  const [navigationOpen, setNavigationOpen] = useState(!narrow);
  // On a phone it opens on demand.
  useEffect(() => setNavigationOpen(!narrow), [narrow]);
  const [crumbs, setCrumbs] = useState<HTMLElement | null>(null);
  const [panel, openPanel] = useState<Panel | null>(null);
  const [panelRoom, setPanelRoom] = useState<HTMLElement | null>(null);
  const content = useRef<HTMLDivElement>(null);
  const shown = useRef(pathname);
  // Another page is read from its beginning, not from where the last one was left.
  useEffect(() => {
    if (shown.current !== pathname) content.current?.focus({ preventScroll: true });
    shown.current = pathname;
  }, [pathname]);
  useKeys(
    navigation.map(({ text, href, key }) => ({
      keys: `g ${key}`,
      does: `Go to ${text}`,
      act: () => void router.navigate({ href }),
    })),
  );
  const active = navigation.find(({ href }) => href !== '/' && pathname.startsWith(href));

  return (
    <>
      <div id="top">
        <button type="button" className="skip" onClick={() => content.current?.focus()}>
          Skip to the content
        </button>
        <Top />
      </div>
      <AppLayoutToolbar
        headerSelector="#top"
        toolsHide
        navigationOpen={navigationOpen}
        navigationWidth={208}
        onNavigationChange={({ detail }) => setNavigationOpen(detail.open)}
        ariaLabels={{
          navigation: 'Pages',
          navigationToggle: 'Open the list of pages',
          navigationClose: 'Close the list of pages',
          notifications: 'Notices',
        }}
        navigation={
          <SideNavigation
            activeHref={active?.href ?? pathname}
            items={navigation.map(({ text, href }) => ({ type: 'link' as const, text, href }))}
            onFollow={(event) => {
              follow(event);
              if (narrow) setNavigationOpen(false);
            }}
          />
        }
        notifications={<Notices />}
        stickyNotifications
        breadcrumbs={<div ref={setCrumbs} />}
        content={
          <SlotsContext value={{ crumbs, panel: panelRoom, openPanel }}>
            <div ref={content} className="begin" tabIndex={-1}>
              <Outlet />
            </div>
          </SlotsContext>
        }
        splitPanel={
          panel && (
            <SplitPanel header={panel.header} hidePreferencesButton closeBehavior="hide">
              <div ref={setPanelRoom} className="begin" tabIndex={-1} />
            </SplitPanel>
          )
        }
        splitPanelOpen={panel !== null}
        splitPanelPreferences={{ position: narrow ? 'bottom' : 'side' }}
        onSplitPanelToggle={({ detail }) => !detail.open && panel?.close()}
      />
      <Keys />
    </>
  );
}

function Top() {
  const router = useRouter();
  const follow = useFollow();
  const mode = useMode();
  const { data: who } = useQuery(session);
  const leave = () =>
    signOut().then(() => router.navigate({ to: '/sign-in', search: {}, replace: true }), notifyError);
  return (
    <TopNavigation
      identity={{ href: '/', title: 'Tributary', onFollow: follow }}
      i18nStrings={{
        overflowMenuTriggerText: 'More',
        overflowMenuTitleText: 'More',
        overflowMenuBackIconAriaLabel: 'Back',
        overflowMenuDismissIconAriaLabel: 'Close the menu',
      }}
      utilities={[
        {
          type: 'menu-dropdown',
          text: 'Appearance',
          ariaLabel: `Appearance: ${modes[mode]}`,
          items: (Object.keys(modes) as Choice[]).map((id) => ({
            id,
            text: modes[id],
            itemType: 'checkbox',
            checked: id === mode,
          })),
          onItemClick: ({ detail }) => chooseMode(detail.id as Choice),
        },
        {
          type: 'button',
          text: 'API',
          href: '/docs',
          external: true,
          externalIconAriaLabel: 'opens in a new tab',
        },
        {
          type: 'menu-dropdown',
          text: who?.name ?? 'Signed in',
          iconName: 'user-profile',
          description: who && `May: ${who.scopes.join(', ')}`,
          items: [{ id: 'leave', text: 'Sign out' }],
          onItemClick: () => void leave(),
        },
      ]}
    />
  );
}
