import type { RuleName } from '../../../../domain/rules.ts';
import type { Item, ItemGroups } from '../../api/types.ts';

/** Why something is planned as it is, in the reader's words. A new rule is missed here by the type check. */
const rules: Record<RuleName, string> = {
  client_missing: 'The mapped client is gone in the PSA',
  client_inactive: 'The mapped client is inactive in the PSA',
  ambiguous_write: 'An earlier create may have succeeded',
  mapped: 'The customer has an active client',
  address_changed: 'The address changed at the distributor',
  known_by_id: 'A client carries the customer’s id',
  create_decided: 'A person decided to create the client',
  new_customer: 'New customer without a client',
  own_company: 'The reseller’s own company',
  closed: 'Closed at the distributor',
  dismissed: 'Dismissed by a person',
  create_clients_off: 'Not mapped, and this integration creates no clients',
  like_name: 'A client or customer with a similar name exists',
  client_unreadable: 'A client that could not be read may be it',
  created_elsewhere: 'Another import is creating a similar name',
  like_name_in_import: 'Another customer with a similar name is created',
  unseen: 'Not listed this time',
  ended_already: 'Ended before',
  not_judged: 'Ended, but its customer was not listed completely',
  not_alive: 'Ended, or not begun, when first seen',
  customer_unmapped: 'The customer is not mapped to a client',
  kept_by_decision: 'A person decided to keep the licence',
  quantity_missing: 'The distributor states no usable quantity',
  status_unknown: 'The distributor states an unknown status',
  new_subscription: 'New subscription',
  licence_gone: 'Our licence is gone in the PSA',
  licence_offered: 'A licence of the same client, SKU and term may be it',
  adopted_by_decision: 'A person confirmed the licence',
  adopted_by_link: 'A licence carries the subscription’s id',
  compare: 'Compared with the subscription',
  changed_at_distributor: 'Changed at the distributor',
  edit_overwritten: 'Edited in the PSA, written again',
  ended_at_distributor: 'Ended at the distributor',
  ended_by_decision: 'A person decided that it has ended',
  customer_left: 'The customer has left the distributor',
  absence_unclear: 'Missing, but may have moved',
  licence_unreadable: 'A licence that could not be read may be it',
  absent_twice: 'Absent from two complete listings',
  unreadable: 'The record could not be read',
  double: 'Two records carry one id',
};

export const ruleText = (rule: string): string =>
  (rules as Record<string, string>)[rule] ?? rule.replaceAll('_', ' ');

export const actions: Record<Item['action'], string> = {
  create: 'Create',
  update: 'Change',
  deactivate: 'Deactivate',
  none: 'Nothing',
};

export type Group = ItemGroups['items'][number];

/** What the items of a group have in common, in a sentence; failures are grouped by their message. */
export const groupText = ({ outcome, message, rule }: Group): string =>
  outcome === 'failed' && message ? message : ruleText(rule);

/** What a person looks at first comes first. */
const order: Item['outcome'][] = ['failed', 'quarantined', 'stale', 'planned', 'held', 'applied', 'skipped'];
const actionOrder: Item['action'][] = ['deactivate', 'update', 'create', 'none'];

export const inOrder = (groups: Group[]): Group[] =>
  [...groups].sort(
    (a, b) =>
      order.indexOf(a.outcome) - order.indexOf(b.outcome) ||
      actionOrder.indexOf(a.action) - actionOrder.indexOf(b.action) ||
      b.count - a.count,
  );
