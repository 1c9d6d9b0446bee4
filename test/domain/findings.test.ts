import { expect, test } from 'vitest';
import {
  aboutOf,
  type FactsOf,
  type Finding,
  type FindingKind,
  finding,
  findingDefinitions,
  findingKey,
} from '../../domain/findings/finding.ts';
import { findingActions } from '../../domain/kinds.ts';

const integrationId = 'i';
const importId = 'm';
const customer = { integrationId, importId, customerId: 'C1', customerName: 'Contoso' };
const client = { clientId: '42', clientName: 'Contoso Ltd' };
const subscription = { ...customer, ...client, externalId: 'S1', name: 'Azure plan', licenceId: '7' };
const connection = { connectionId: 'k', connectionName: 'Ion', connectionKind: 'streamone-ion' };
const money = [
  { amount: '12.5', currency: 'EUR', cycle: 'monthly' },
  { amount: '3', currency: null, cycle: null },
];
const customers = [
  { id: 'C1', name: 'Contoso' },
  { id: 'C2', name: null },
];
const change = {
  integrationId,
  connectionId: 'k',
  changeId: 'x',
  customerId: 'C1',
  subscriptionId: 'S1',
  wanted: {},
  base: {},
  entity: 'change' as const,
  said: 'Order 1 failed.',
};

const term = {
  connectionId: 'k',
  day: '2026-12-20',
  term: 'P1Y',
  cancelUntil: '2026-12-01',
  cancellation: 'open' as const,
  quantity: '10',
  money,
  moneyAfter: [{ amount: '15', currency: 'EUR', cycle: 'monthly' }],
};

/** Of every kind, each way of saying it: what its facts are, and what its message must name. */
const cases: { [Kind in FindingKind]: [facts: FactsOf<Kind>, ...said: string[]][] } = {
  'customer-held': [
    [{ ...customer, reason: 'similar-client', candidates: [{ id: '1', name: 'contoso', inactive: true }] }, '“Contoso” (customer C1)', 'a client with a similar name exists: “contoso” (client 1), inactive'],
    [{ ...customer, reason: 'similar-client', candidates: [{ id: '1', name: 'A', inactive: false }, { id: '2', name: 'B', inactive: false }] }, 'clients with a similar name exist: “A” (client 1) and “B” (client 2)'],
    [{ ...customer, reason: 'similar-in-import', candidates: [] }, 'the same import creates another customer'],
    [{ ...customer, reason: 'created-elsewhere', candidates: [] }, 'another import is creating'],
    [{ ...customer, reason: 'unreadable-client', candidates: [{ id: '1', name: '', inactive: false }] }, 'a client that could not be read and may be this customer: client 1'],
  ],
  'client-missing': [
    [{ ...customer, ...client, inactive: true }, 'belongs to “Contoso Ltd” (client 42), which is inactive', 'Reactivate'],
    [{ ...customer, clientId: '42', clientName: null, inactive: false }, 'belongs to client 42, which is gone', 'Restore'],
  ],
  'customer-left': [
    [{ ...customer, ...client, externalIds: ['S1'], since: '2026-05-01 10:00', money }, 'since 2026-05-01', '1 active licence of', '(12.50 EUR monthly and 3.00) was kept', 'Deactivate it'],
    [{ ...customer, ...client, externalIds: ['S1', 'S2'], since: '2026-05-01 10:00', money: [] }, '2 active licences of “Contoso Ltd” (client 42) were kept', 'Deactivate them'],
  ],
  'quantity-missing': [
    [{ ...subscription, reason: 'missing' }, '“Azure plan” (subscription S1) of “Contoso” (customer C1) has no quantity', 'Licence 7 of “Contoso Ltd” (client 42) was left as it is'],
    [{ ...subscription, licenceId: null, reason: 'unreadable' }, 'cannot be read', 'No licence was created'],
    [{ ...subscription, reason: 'negative' }, 'negative quantity'],
  ],
  'status-unknown': [
    [{ ...subscription, statusText: 'frozen' }, 'the status “frozen”', 'Licence 7'],
    [{ ...subscription, licenceId: null, statusText: null }, 'the status none'],
  ],
  unreadable: [
    [{ ...subscription, fields: ['endDate', 'quantity'] }, 'end date and quantity', 'licence 7 of “Contoso Ltd” (client 42) keeps its value'],
    [{ ...subscription, licenceId: null, fields: ['odd'] }, 'cannot be read: odd', 'The rest was used.'],
  ],
  'renewal-window': [
    [{ ...subscription, ...term, autoRenew: true }, '“Azure plan” (subscription S1) of “Contoso” (customer C1) renews on 2026-12-20 for another year', 'It has 10 units (12.50 EUR monthly and 3.00)', 'After the renewal it costs 15.00 EUR monthly', 'until 2026-12-01', 'turn off automatic renewal'],
    [{ ...subscription, ...term, autoRenew: false }, 'ends on 2026-12-20 and does not renew', 'Turn on automatic renewal'],
    [{ ...subscription, ...term, autoRenew: null, quantity: null, moneyAfter: [], cancellation: 'closed' }, 'does not say whether it renews. Check'],
  ],
  'licence-offered': [
    [{ ...subscription, evidence: { sku: 'SKU', term: 'P1Y', quantity: { ours: '5', theirs: '4' }, unitPrice: { ours: '3', theirs: '3' }, licenceName: 'M365' } }, '“Azure plan” (subscription S1)', '“M365” (licence 7)', 'the same SKU (SKU) and term (P1Y)', 'quantity 4 instead of 5', 'None was created'],
  ],
  'licence-unreadable': [
    [{ ...subscription, licenceId: null, licenceIds: ['8'] }, 'has a licence in the PSA', 'licence 8'],
    [{ ...subscription, licenceId: null, licenceIds: ['8', '9'] }, 'has licences in the PSA', 'licence 8 and licence 9'],
  ],
  edited: [
    [{ ...subscription, fields: ['unitPrice', 'name'], values: { unitPrice: { ours: '3', theirs: '9' } } }, 'licence 7 of “Contoso Ltd” (client 42)', 'sale price “9” instead of “3”', 'name none instead of none'],
  ],
  'absence-unclear': [
    [{ ...subscription, unlisted: [{ id: 'C2', name: 'Fabrikam' }], unlistedCount: 1 }, '1 customer could not be listed (“Fabrikam” (customer C2))'],
    [{ ...subscription, unlisted: [], unlistedCount: 0 }, 'customers were not listed since'],
  ],
  'notices-undelivered': [
    [{ channelId: 'c', channelName: 'Pager', noticeId: 'n', subject: '2 imports failed', problem: 'hooks.example answered 500.' }, 'Channel “Pager” did not accept the notice “2 imports failed”', 'hooks.example answered 500. Correct the channel'],
  ],
  'sync-missed': [
    [{ integrationId, integration: 'Arrow', at: '2026-10-25T02:00:00Z', runs: 1, reason: 'overlap' }, '“Arrow” did not sync at 2026-10-25', 'still running'],
    [{ integrationId, integration: 'Arrow', at: '2026-10-25T02:00:00Z', runs: 3, reason: 'away' }, '(3 runs missed): Tributary or Temporal was not running'],
    [{ integrationId, integration: 'Arrow', at: '2026-10-25T02:00:00Z', runs: 1, reason: 'away' }, 'at 2026-10-25T02:00:00Z: Tributary'],
  ],
  'ambiguous-write': [
    [{ ...customer, ...client, externalId: 'S1', name: 'Azure plan', entity: 'subscription' }, '“Azure plan” (subscription S1) of “Contoso” (customer C1), for “Contoso Ltd” (client 42), may have been created'],
    [{ ...customer, externalId: 'C1', name: 'Contoso', entity: 'customer', clientId: null, clientName: null }, '“Contoso” (customer C1) may have been created'],
    [{ ...customer, externalId: 'S1', name: 'P', entity: 'subscription', clientId: null, clientName: null }, 'for no client'],
  ],
  shrink: [
    [{ integrationId, served: true, externalIds: ['S1', 'S2'], limitPercent: 10 }, '2 subscriptions disappeared', 'S1 and S2', 'Work 365'],
    [{ integrationId, importId, served: false, externalIds: ['S1'], deactivations: 4, active: 8, quantityFall: '12', limitPercent: 10, customers, money }, '4 of 8 active licences (12.50 EUR monthly and 3.00)', 'quantities by 12', '“Contoso” (customer C1) and customer C2'],
  ],
  'licences-gone': [
    [{ integrationId, externalIds: ['S1'], active: 1, customers }, '1 of 1 licence of this integration is gone'],
    [{ integrationId, externalIds: ['S1', 'S2'], active: 9, customers }, '2 of 9 licences of this integration are gone', 'customer C2'],
  ],
  currency: [[{ integrationId, currency: 'EUR', found: [{ currency: 'USD', count: 2 }, { currency: null, count: 1 }], customers }, 'in EUR only', '2 in USD and 1 in no currency', '“Contoso” (customer C1)']],
  'listed-twice': [
    [{ integrationId, of: 'subscriptions', externalId: 'S1', name: 'P', customerId: 'C1', customerName: 'Contoso', count: 2 }, '“P” (subscription S1) of “Contoso” (customer C1) 2 times'],
    [{ integrationId, of: 'customers', externalId: 'C1', name: null, customerId: null, customerName: null, count: 3 }, 'lists customer C1 3 times'],
  ],
  quarantined: [
    [{ integrationId, of: 'customers', externalId: 'C1', problem: 'name is no text.', count: 1 }, 'customer C1 could not be read', 'name is no text.'],
    [{ integrationId, of: 'subscriptions', externalId: null, problem: 'No id.', count: 1 }, '1 record in the', 'was set aside', 'Correct it'],
    [{ integrationId, of: 'subscriptions', externalId: null, problem: 'No id.', count: 2 }, '2 records in the', 'were set aside', 'Correct them'],
  ],
  doubles: [
    [{ integrationId, externalId: 'C1', name: 'Contoso', entity: 'customer', older: '1', newer: '2', clientId: '2' }, 'two clients for “Contoso” (customer C1): 1 and 2', 'deactivated the newer one, 2'],
    [{ integrationId, externalId: 'S1', name: null, entity: 'subscription', older: '1', newer: '2', clientId: '42' }, 'two licences of client 42 for subscription S1'],
  ],
  'customers-not-listed': [
    [{ integrationId, count: 5, customers: [{ customerId: 'C1', name: 'Contoso', problem: 'Not found.' }, { customerId: 'C2', name: null, problem: 'Not found.' }] }, '“Contoso” (customer C1), customer C2 and 3 more', 'could not be listed: Not found.'],
  ],
  'ledger-old': [[{ integrationId, connectionId: 'k', integration: 'Main', kinds: [{ kind: 'customers', asOf: null }, { kind: 'subscriptions', asOf: '2026' }], limitHours: 24 }, '“Main”', 'customers never listed and subscriptions as of 2026', '24 h']],
  'token-expiring': [[{ ...connection, until: '2026-05-01T00:00:00Z', daysLeft: 1 }, '“Ion” expires on 2026-05-01 (1 day left)']],
  'reauth-required': [[{ ...connection, problem: 'Enter a new token.' }, '“Ion”: Enter a new token.']],
  'agent-disabled': [
    [{ connectionId: 'k', personId: 'p', personName: 'Ann', agentId: '5', agentName: null }, 'Agent 5 is gone'],
    [{ connectionId: 'k', personId: 'p', personName: 'Ann', agentId: '5', agentName: 'Ann A' }, 'Agent Ann A is disabled', 'or enable the agent again'],
  ],
  'change-failed': [[change, 'Order 1 failed.']],
  'change-ambiguous': [[{ ...change, subscriptionId: null }, 'Order 1 failed.']],
}; // biome-ignore format: a case a line

const all = Object.entries(cases).flatMap(([kind, of]) =>
  of.map(([facts, ...said]) => ({ kind: kind as FindingKind, facts, said })),
);
const made = ({ kind, facts }: (typeof all)[number]): Finding => finding(kind, facts as never);

test.each(all)('$kind says whom it is about', (one) => {
  const { message } = made(one);
  for (const part of one.said) expect(message).toContain(part);
  expect(message).toMatch(/^[“\p{Lu}\d]|^customer |^subscription |^client /u);
  expect(message).toMatch(/\.$/);
  expect(message).not.toMatch(/undefined|null|\[object|\b1 \w+s (was|were)\b/);
});

test.each(all)('$kind can be found again, grouped and answered', (one) => {
  const found = made(one);
  expect(found.key.startsWith(`${one.kind}:`)).toBe(true);
  expect(found.cause.startsWith(one.kind)).toBe(true);
  expect(found.subject).not.toHaveProperty('importId');
  for (const action of found.actions) expect(findingActions).toContain(action);
  expect(found.actions.length).toBeGreaterThan(0);
});

test('keys are the owner’s, then the subject’s', () => {
  expect(findingKey('ambiguous-write', 'i', 'S1')).toBe('ambiguous-write:i:S1');
  expect(finding('edited', { ...subscription, fields: [], values: {} })).toMatchObject({
    key: 'edited:i:S1',
    integrationId: 'i',
    importId: 'm',
    connectionId: null,
  });
  expect(finding('reauth-required', { ...connection, problem: '' })).toMatchObject({
    key: 'reauth-required:k',
    integrationId: null,
    connectionId: 'k',
  });
});

test('an answer is remembered for what the finding is about', () => {
  expect(aboutOf('customer-held')).toBe('customer');
  expect(aboutOf('unreadable')).toBe('nothing');
  expect(aboutOf('a kind of long ago')).toBe('subscription');
  expect(Object.keys(cases).sort()).toEqual(Object.keys(findingDefinitions).sort());
});
