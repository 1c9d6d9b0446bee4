import { counted, fieldName, listed, type MoneyOf, named, spanText, valued, worth } from '../wording.ts';
import {
  type ClientFacts,
  define,
  type OfIntegration,
  perSubscription,
  quoted,
  type SubscriptionFacts,
  theClient,
  theSubscription,
} from './definition.ts';

const theLicence = (f: SubscriptionFacts) => `licence ${f.licenceId} of ${theClient(f)}`;
const kept = (f: SubscriptionFacts) =>
  f.licenceId === null
    ? 'No licence was created.'
    : `Licence ${f.licenceId} of ${theClient(f)} was left as it is.`;

const quantityFaults = {
  missing: 'has no quantity',
  unreadable: 'has a quantity that cannot be read',
  negative: 'has a negative quantity',
};

/** A field's value on both sides: at the distributor and in the PSA. */
export type Both = Record<string, { ours: unknown; theirs: unknown }>;

/** Findings about one subscription or its licence in the PSA. */
export const subscriptionFindings = {
  'quantity-missing': define<SubscriptionFacts & { reason: keyof typeof quantityFaults }>({
    severity: 'warning',
    actions: ['dismiss'],
    about: 'subscription',
    key: perSubscription,
    cause: ({ reason }) => reason,
    message: (f) =>
      `${theSubscription(f)} ${quantityFaults[f.reason]} at the distributor. ${kept(f)} Correct the quantity at the distributor, or dismiss this finding.`,
  }),

  'status-unknown': define<SubscriptionFacts & { statusText: string | null }>({
    severity: 'warning',
    actions: ({ licenceId }) => (licenceId === null ? ['dismiss'] : ['deactivate', 'dismiss']),
    about: 'subscription',
    key: perSubscription,
    cause: ({ statusText }) => statusText ?? 'none',
    message: (f) =>
      `${theSubscription(f)} has the status ${quoted(f.statusText)} at the distributor, which Tributary does not know. ${kept(f)} Check with the distributor whether the subscription is active.`,
  }),

  unreadable: define<SubscriptionFacts & { fields: string[] }>({
    severity: 'warning',
    actions: ['dismiss'],
    about: 'nothing',
    key: perSubscription,
    cause: ({ fields }) => [...fields].sort().join(','),
    message: (f) => {
      const fields = listed(f.fields.map(fieldName), 10);
      const rest =
        f.licenceId === null ? 'The rest was used.' : `The rest was used; ${theLicence(f)} keeps its value.`;
      return `${theSubscription(f)} has a value at the distributor that cannot be read: ${fields}. ${rest} Correct it at the distributor.`;
    },
  }),

  'licence-unreadable': define<SubscriptionFacts & { licenceIds: string[] }>({
    severity: 'warning',
    actions: ['create', 'dismiss'],
    about: 'subscription',
    key: perSubscription,
    message: (f) => {
      const ids = listed(f.licenceIds.map((id) => `licence ${id}`));
      return `${theSubscription(f)} was not written because ${theClient(f)} has ${f.licenceIds.length === 1 ? 'a licence' : 'licences'} in the PSA that could not be read and may be this subscription: ${ids}. Correct it in the PSA, or create a new licence anyway.`;
    },
  }),

  'licence-offered': define<
    SubscriptionFacts & {
      /** What speaks for it, on both sides. */
      evidence: {
        sku: string;
        term: string;
        quantity: Both[string];
        unitPrice: Both[string];
        licenceName: string | null;
      };
    }
  >({
    severity: 'warning',
    actions: ['approve', 'create', 'dismiss'],
    about: 'subscription',
    key: perSubscription,
    message: (f) => {
      const { sku, term, quantity, licenceName } = f.evidence;
      const licence = named('licence', f.licenceId!, licenceName);
      return `${theSubscription(f)} has no licence of its own, and ${theClient(f)} has one that nobody keeps: ${licence}, of the same SKU (${sku}) and term (${term}), with the quantity ${quantity.theirs ?? 'none'} instead of ${quantity.ours ?? 'none'}. None was created. Approve to let Tributary keep that licence, or create a new one.`;
    },
  }),

  edited: define<SubscriptionFacts & { fields: string[]; values: Both }>({
    severity: 'info',
    actions: ['keepTheirs', 'takeOurs'],
    about: 'subscription',
    key: perSubscription,
    cause: ({ fields }) => [...fields].sort().join(','),
    message: (f) => {
      const edits = f.fields.map((field) => {
        const { ours, theirs } = f.values[field] ?? {};
        return `${fieldName(field)} ${quoted(theirs)} instead of ${quoted(ours)}`;
      });
      return `Someone edited ${theLicence(f)} in the PSA: ${listed(edits)}. It belongs to ${theSubscription(f)}. The edit was kept. Keep it for good, or take the distributor's value.`;
    },
  }),

  'absence-unclear': define<
    SubscriptionFacts & { unlisted: { id: string; name: string | null }[]; unlistedCount: number }
  >({
    severity: 'warning',
    actions: ['deactivate', 'reject'],
    about: 'subscription',
    key: perSubscription,
    message: (f) => {
      const others = listed(
        f.unlisted.map(({ id, name }) => named('customer', id, name)),
        3,
        f.unlistedCount,
      );
      const why =
        f.unlistedCount > 0
          ? `${counted(f.unlistedCount, 'customer')} could not be listed (${others})`
          : "the distributor's customers were not listed since";
      return `${theSubscription(f)} is no longer listed and may have moved: ${why}. ${kept(f)} An import that lists every customer decides by itself. Deactivate the licence now only if you know that the subscription has ended.`;
    },
  }),

  'ambiguous-write': define<
    OfIntegration &
      ClientFacts & {
        externalId: string;
        name: string;
        entity: 'customer' | 'subscription';
        customerId: string | null;
        customerName: string | null;
      }
  >({
    severity: 'warning',
    actions: ['create', 'dismiss'],
    about: 'subscription',
    key: (f) => [f.integrationId, f.externalId],
    cause: ({ entity }) => entity,
    message: (f) => {
      const of =
        f.entity === 'subscription' && f.customerId !== null
          ? ` of ${named('customer', f.customerId, f.customerName)}, for ${theClient(f)},`
          : '';
      return `${named(f.entity, f.externalId, f.name)}${of} may have been created in the PSA: the answer was lost, and the PSA keeps no external id to find it by. Look for it there. Create it again if it is missing, or dismiss this finding if it exists.`;
    },
  }),

  'renewal-window': define<
    SubscriptionFacts & {
      connectionId: string;
      /** The last day of the term, in the integration's zone. */
      day: string;
      term: string | null;
      autoRenew: boolean | null;
      cancelUntil: string | null;
      cancellation: 'open' | 'closed' | 'unknown';
      quantity: string | null;
      money: MoneyOf[];
      moneyAfter: MoneyOf[];
    }
  >({
    severity: 'info',
    actions: ['dismiss'],
    about: 'nothing',
    key: (f) => [f.integrationId, f.externalId, f.day],
    cause: ({ autoRenew }) => (autoRenew === null ? 'unsaid' : autoRenew ? 'renews' : 'ends'),
    message: (f) => {
      const units =
        f.quantity === null ? '' : ` It has ${counted(Number(f.quantity), 'unit')}${valued(f.money)}.`;
      const moved = f.moneyAfter.length > 0 && worth(f.moneyAfter) !== worth(f.money);
      const after = moved ? ` After the renewal it costs ${worth(f.moneyAfter)}.` : '';
      const window =
        f.cancellation === 'open' ? ` It can be cancelled or reduced until ${f.cancelUntil}.` : '';
      if (f.autoRenew === false)
        return `${theSubscription(f)} ends on ${f.day} and does not renew.${units} Turn on automatic renewal before that day if the customer keeps it.`;
      if (f.autoRenew === null)
        return `The term of ${theSubscription(f)} ends on ${f.day}; the distributor does not say whether it renews.${units}${after}${window} Check the renewal in the distributor's portal before that day.`;
      return `${theSubscription(f)} renews on ${f.day}${f.term === null ? '' : ` for another ${spanText(f.term)}`}.${units}${after}${window} Change its quantity or turn off automatic renewal before that day if the customer needs less.`;
    },
  }),
};
