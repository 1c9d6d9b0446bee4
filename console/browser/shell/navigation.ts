/** The pages in the navigation, in the order of a day's work; `g` and then `key` opens one. */
export const navigation: { text: string; href: string; key: string }[] = [
  { text: 'Overview', href: '/', key: 'o' },
  { text: 'Findings', href: '/findings', key: 'f' },
  { text: 'Imports', href: '/imports', key: 'i' },
  { text: 'Approvals', href: '/approvals', key: 'a' },
  { text: 'Renewals', href: '/renewals', key: 'r' },
  { text: 'Subscriptions', href: '/subscriptions', key: 's' },
  { text: 'Integrations', href: '/integrations', key: 't' },
  { text: 'Connections', href: '/connections', key: 'c' },
  { text: 'Notices', href: '/notices', key: 'n' },
  { text: 'Audit', href: '/audit', key: 'u' },
  { text: 'Settings', href: '/settings', key: 'e' },
];
