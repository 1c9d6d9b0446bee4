import type { ItemOutcome, WriteAction } from './kinds.ts';

/**
 * Why a customer or subscription is planned as it is. The planner decides which rule fits and joins the rest from here,
 * so that each rule's action, outcome and message is defined once.
 */
export interface Rule {
  /** null: `update` if the record has a client or licence, else `create`. */
  action: WriteAction | null;
  /** null: counted as unchanged, not stored as an item. */
  outcome: Extract<ItemOutcome, 'planned' | 'held' | 'skipped'> | null;
  /** Which fields are written: all, the ending ones, ours, or those that changed. */
  writes: 'all' | 'ending' | 'ours' | 'changes' | null;
  /** Shown with the item; `{detail}` is the value in question. */
  message: string | null;
  /** For the catalogue: when it applies and what follows. */
  means: string;
}

const counted = (means: string): Rule => ({
  action: null,
  outcome: null,
  writes: null,
  message: null,
  means,
});
const skipped = (message: string, means: string): Rule => ({
  action: null,
  outcome: 'skipped',
  writes: null,
  message,
  means,
});
const held = (message: string, means: string): Rule => ({
  action: null,
  outcome: 'held',
  writes: null,
  message,
  means,
});
const planned = (action: WriteAction, writes: Rule['writes'], means: string, message: string | null = null): Rule => ({
  action, outcome: 'planned', writes, message, means,
}); // biome-ignore format: a row

// biome-ignore format: a table
const common = {
  client_missing: held('The mapped client is gone in the PSA.', 'The mapped client no longer exists. A finding asks for another.'),
  client_inactive: held('The mapped client is inactive in the PSA.', 'The mapped client is inactive, so nothing is written to it.'),
  ambiguous_write: held('An earlier create may have succeeded; a person decides.', 'The answer to an earlier create was lost and nothing in the PSA tells whether it happened.'),
} satisfies Record<string, Rule>;

// biome-ignore format: a table
export const customerRules = {
  ...common,
  mapped: counted('The customer has an active client.'),
  address_changed: planned('update', 'changes', 'The address of a client we created changed at the distributor.'),
  known_by_id: planned('update', null, 'A client carries the id of the customer, so the two are mapped.'),
  create_decided: planned('create', 'all', 'A person decided to create the client whatever its name.'),
  new_customer: planned('create', 'all', 'No client is known for the customer and none has a similar name.'),
  own_company: skipped("This is the reseller's own company.", 'Not a customer.'),
  closed: skipped('The customer is closed at the distributor.', 'Closed customers are not created.'),
  dismissed: skipped('A person dismissed the customer.', 'A finding about it was dismissed.'),
  create_clients_off: skipped('The customer is not mapped, and this integration does not create clients.', 'The option createClients is off.'),
  like_name: held('A client with a similar name exists.', 'Creating it could duplicate a client. A finding asks which one it is.'),
  client_unreadable: held('A client in the PSA could not be read and may be this customer.', 'Creating it could duplicate a client. A finding names the one that could not be read.'),
  created_elsewhere: held('Another import is creating a client with a similar name.', 'Found when about to write: one name is created once at one PSA.'),
  like_name_in_import: held('Another customer with a similar name is created in this import.', 'Stored as like_name: the first of several similar names is created, the others are held.'),
} satisfies Record<string, Rule>;

// biome-ignore format: a table
export const subscriptionRules = {
  ...common,
  unseen: counted('Not in this listing, and not ours or not absent for long enough to count as ended.'),
  ended_already: counted('Ended, and its licence is inactive or gone: nothing is left to do, even if its client is gone or its customer is not mapped.'),
  not_judged: counted('Ended, but its customer was not listed completely.'),
  not_alive: skipped('The subscription had ended, or had not begun, when first seen.', 'Such subscriptions are not created.'),
  customer_unmapped: skipped('The customer is not mapped to a client.', 'Map the customer, then import again.'),
  kept_by_decision: skipped('A person decided to keep the licence.', 'A finding about it was rejected.'),
  quantity_missing: held('The quantity at the distributor is {detail}.', 'A missing, unreadable or negative quantity is unknown, not 0. A finding says so.'),
  status_unknown: held('The distributor states a status that is not known: {detail}.', 'Nothing is written until the status is known.'),
  new_subscription: planned('create', 'all', 'No licence is known for the subscription.'),
  licence_gone: planned('create', 'all', 'The licence we wrote is gone in the PSA, so it is created again.'),
  licence_offered: held('A licence in the PSA may be this subscription.', 'An active licence of the same client, SKU and term belongs to nobody. A finding asks whether it is this one; until then none is created.'),
  adopted_by_decision: planned('update', 'ours', 'A person confirmed that a licence is the subscription, so it becomes ours and is linked.'),
  adopted_by_link: planned('update', 'ours', 'A licence carries the id of the subscription, so it becomes ours.'),
  compare: { ...counted('The licence is compared with the subscription. Stored as changed_at_distributor or edit_overwritten.'), writes: 'changes' },
  changed_at_distributor: planned('update', 'changes', 'The subscription changed since our last write.'),
  edit_overwritten: planned('update', 'changes', 'A field of ours was edited in the PSA and is written again.', 'Edited in the PSA, overwritten: {detail}.'),
  ended_at_distributor: planned('deactivate', 'ending', 'The distributor says that the subscription has ended.'),
  ended_by_decision: planned('deactivate', 'ending', 'A person decided that the subscription has ended.'),
  customer_left: { ...held('The customer has left the distributor; a person decides.', 'The customer is missing from the list of customers. A finding asks whether to deactivate its licences.'), action: 'deactivate' },
  absence_unclear: { ...held('The subscription is missing, but may have moved to a customer that was not listed.', 'Held until every customer is listed, or a person decides.'), action: 'deactivate' },
  licence_unreadable: held('A licence in the PSA could not be read and may be this subscription.', 'Creating it could duplicate a licence. A finding names the one that could not be read.'),
  absent_twice: planned('deactivate', 'ending', 'Two complete listings at least an hour apart did not show the subscription.'),
} satisfies Record<string, Rule>;

export type CustomerRule = keyof typeof customerRules;
export type SubscriptionRule = keyof typeof subscriptionRules;
// biome-ignore format: a table
/** Rules of items that do not come from a plan: unreadable records, and the final search for duplicates. */
export const otherRules = {
  unreadable: { action: null, outcome: null, writes: null, message: null, means: 'The record could not be read and was set aside.' },
  double: { action: 'deactivate', outcome: 'planned', writes: 'ending', message: null, means: 'Two records carry one id; the newer one is deactivated.' },
} satisfies Record<string, Rule>;
export type RuleName = CustomerRule | SubscriptionRule | keyof typeof otherRules;

/** A rule's name, checked. */
export const rule = <Name extends RuleName>(name: Name): Name => name;

/** A licence that stood there before becomes ours. */
export const adoptions: readonly string[] = [
  'adopted_by_link',
  'adopted_by_decision',
] satisfies SubscriptionRule[];
