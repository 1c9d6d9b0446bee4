import type { Page } from 'playwright-core';
import type { Stage } from './stage.ts';

/** One picture: a page, and what is done on it first. */
export interface Picture {
  name: string;
  /** What it shows, for the page that lists them. */
  title: string;
  path(ids: Stage['ids']): string;
  /** Taken before the others: it does not stay so. */
  soon?: boolean;
  /** Shown before anybody has signed in. */
  signedOut?: boolean;
  before?(page: Page): Promise<unknown>;
}

export const pictures: Picture[] = [
  { name: 'sign-in', title: 'Sign in', path: () => '/sign-in', signedOut: true },
  { name: 'overview', title: 'Overview: what a person must do now', path: () => '/' },
  { name: 'findings', title: 'Findings, one row a cause', path: () => '/findings' },
  {
    name: 'finding',
    title: 'A finding with its evidence',
    path: () => '/findings?kind=edited',
    before: (page) => page.getByRole('button', { name: /^2 × Edited in the PSA/ }).click(),
  },
  { name: 'imports', title: 'Imports', path: () => '/imports' },
  { name: 'preview', title: 'A preview, money first', path: ({ preview }) => `/imports/${preview}` },
  {
    name: 'preview-rows',
    title: 'A preview’s rows, before and after',
    path: ({ preview }) => `/imports/${preview}?action=update&outcome=planned`,
    before: (page) => page.mouse.wheel(0, 640),
  },
  { name: 'running', title: 'A running import', path: ({ running }) => `/imports/${running}`, soon: true },
  { name: 'import', title: 'What an import did', path: ({ applied }) => `/imports/${applied}` },
  { name: 'approvals', title: 'Changes that wait for approval', path: () => '/approvals' },
  { name: 'integrations', title: 'Integrations', path: () => '/integrations' },
  {
    name: 'integration',
    title: 'An integration’s options',
    path: ({ integration }) => `/integrations/${integration}`,
  },
  {
    name: 'mappings',
    title: 'Customers and their clients',
    path: ({ integration }) => `/integrations/${integration}?tab=mappings`,
  },
  {
    name: 'schedule',
    title: 'A schedule and its next runs',
    path: ({ integration }) => `/integrations/${integration}?tab=schedule`,
  },
  {
    name: 'reconciliation',
    title: 'Reconciliation: both sides to the cent',
    path: ({ integration }) => `/integrations/${integration}/reconciliation`,
  },
  {
    name: 'statement',
    title: 'A frozen month, to print and to keep',
    path: ({ statement }) => `/statements/${statement}`,
  },
  {
    name: 'subscriptions',
    title: 'Subscriptions on all sides',
    path: ({ integration }) => `/subscriptions?integrationId=${integration}`,
  },
  {
    name: 'subscription',
    title: 'One subscription, its fields and its history',
    path: ({ integration, subscription }) => `/subscriptions/${integration}/${subscription}`,
  },
  { name: 'renewals', title: 'Renewals', path: () => '/renewals?within=P60D' },
  {
    name: 'people',
    title: 'People and the PSA’s agents',
    path: ({ integration }) => `/integrations/${integration}?tab=people`,
  },
  { name: 'connections', title: 'Connections', path: () => '/connections' },
  { name: 'connection', title: 'A connection and its token', path: ({ ion }) => `/connections/${ion}` },
  { name: 'connection-new', title: 'A new connection', path: () => '/connections/new?kind=arrowsphere' },
  { name: 'notices', title: 'Notices: who is told what, and where', path: () => '/notices' },
  {
    name: 'notice',
    title: 'A channel with its rules and its deliveries',
    path: ({ channel }) => `/notices/${channel}`,
  },
  { name: 'audit', title: 'Audit: who changed what', path: () => '/audit' },
  { name: 'settings', title: 'API keys and the settings in force', path: () => '/settings' },
];
