import { guid, random } from '../world.ts';
import type { CustomerRow, IonState, SubscriptionRow, Wire } from './state.ts';

const epoch = Date.UTC(2026, 10, 1);
const day = 86_400_000;
const months = { P1M: 1, P1Y: 12, P3Y: 36 } as const;
/** 30 is Microsoft CSP as captured; the others are not publicly known and invented here. */
const providers: Record<string, { id: string; resourceType: string }> = {
  Microsoft: { id: '30', resourceType: 'AZURE::Subscription' },
  Acronis: { id: '71', resourceType: 'ACRONIS::Tenant' },
};
const otherProvider = { id: '90', resourceType: 'ITG::Product' };
const ended = ['deleted', 'cancelled', 'expired'] as const;

/** `null` in a patch takes the key away: an unset field is missing on this wire, never null. */
export function patched(record: Wire, patch: Wire): Wire {
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete record[key];
    else record[key] = value;
  }
  return record;
}

export function customerRecord(state: IonState, row: CustomerRow): Wire {
  const name = `accounts/${state.settings.accountId}/customers/${row.id}`;
  const record = {
    name,
    ...(row.company && seededCustomer(row)),
    uid: `u${(Number(row.id) * 7919).toString(36)}`,
  };
  const full = patched(
    { customerStatus: 'ACTIVE', createTime: iso(row.updatedAt ?? epoch), ...record },
    row.own,
  );
  full.updateTime = iso(row.updatedAt ?? epoch);
  if (row.broken === 'noid') delete full.name;
  if (row.broken === 'unreadable') return { name, customerOrganization: { broken: [1] }, customerStatus: 7 };
  return full;
}

function seededCustomer(row: CustomerRow): Wire {
  const { name, address, contact, index } = row.company!;
  const { street, city, state, postcode, country } = address;
  return {
    customerOrganization: name,
    customerAddress: { street, city, state, zip: postcode, country },
    customerName: `${contact.first} ${contact.last}`,
    customerEmail: contact.email,
    customerTitle: 'Owner',
    customerPhone: contact.phone,
    createTime: iso(epoch - (900 + (index % 300)) * day),
    languageCode: { SE: 'SV', DE: 'DE', FR: 'FR', NL: 'NL' }[country as string] ?? 'EN',
    customerStatus: index % 41 === 40 ? 'INACTIVE' : 'ACTIVE',
  };
}

export function subscriptionRecord(state: IonState, row: SubscriptionRow): Wire {
  const { currency, accountId } = state.settings;
  const { holding } = row;
  const int = (id: string) => (state.settings.numericIds ? Number(id) : id);
  const provider = providers[holding.product.vendor] ?? otherProvider;
  const [product = '', sku = '0001'] = holding.product.sku.split(':');
  const letter = holding.cycle === 'annual' ? 'A' : 'M';
  const start = epoch - holding.startedDaysAgo * day;
  const status = holding.state === 'cancelled' ? ended[holding.index % ended.length]! : holding.state;
  const end = termEnd(start, months[holding.term], holding.state === 'cancelled');
  const renews = holding.index % 5 !== 4;
  const customer = state.customerById.get(row.customerId);
  const record: Wire = {
    id: int(row.id),
    customerId: int(row.customerId),
    resellerId: int(accountId),
    isvId: int('1000'),
    cloudProviderId: int(provider.id),
    subscriptionId: guid(random(state.seed * 1_000_003 + holding.index)),
    subscriptionName: holding.product.name,
    resourceType: provider.resourceType,
    ccpProductId: `${holding.product.vendor}NCE`,
    ccpSkuId: `${product}-${sku}`,
    ccpPlanId: `${holding.cycle === 'annual' ? 'Annual' : 'Monthly'}-n1`,
    subscriptionProductId: product,
    subscriptionSkuId: sku,
    subscriptionOfferId: `${product},${sku},${holding.term}`,
    subscriptionTotalLicenses: int(String(holding.quantity)),
    unitType: 'Licenses',
    subscriptionStatus: status,
    subscriptionPurchasedDate: iso(start),
    subscriptionStartDate: iso(start),
    subscriptionEndDate: iso(end),
    cancellationAllowedUntilDate: iso(start + 7 * day),
    subscriptionBillingType: 'license',
    subscriptionBillingCycle: holding.cycle,
    subscriptionBillingTerm: holding.term,
    subscriptionRenewStatus: renews ? 'ENABLED' : 'DISABLED',
    ccpProductInfo: { productId: `${holding.product.vendor}NCE`, skuDisplayName: holding.product.name },
    isTrial: holding.trial,
    autoRenew: renews,
    customerName: customer?.own.customerOrganization ?? customer?.company?.name ?? holding.company.name,
    partnerName: 'Example Reseller',
    lastUpdatedDate: iso(row.updatedAt ?? start + day),
    ...money(row),
    currency,
    renewalDate: iso(end),
    mfgPartNumber: `${product}:${sku}:${holding.term}:${letter}`,
  };
  if (row.usage) {
    Object.assign(record, azurePlan);
    for (const key of [
      'subscriptionTotalLicenses',
      'unitType',
      'price',
      'cost',
      'margin',
      'msrp',
      'mfgPartNumber',
    ])
      delete record[key];
  }
  patched(record, row.own);
  // `total` follows what the row now says, unless a test set it.
  if (record.price !== undefined && row.own.total === undefined)
    record.total = Number(record.price) * Number(record.subscriptionTotalLicenses ?? 1);
  else if (row.own.total === undefined) delete record.total;
  return row.broken ? broken(record, row) : record;
}

const azurePlan: Wire = {
  subscriptionName: 'Azure plan',
  resourceType: 'AZURE::CustomerEntitlement',
  ccpProductId: 'AzurePlan',
  ccpSkuId: 'MS-AZR-0145P',
  subscriptionBillingType: 'usage',
  subscriptionBillingCycle: 'monthly',
  subscriptionBillingTerm: 'P1M',
  cloudProviderId: '30',
};

function broken(record: Wire, row: SubscriptionRow): Wire {
  if (row.broken === 'unreadable')
    return {
      id: record.id,
      customerId: ['?'],
      subscriptionStatus: 17,
      subscriptionTotalLicenses: { n: 'many' },
    };
  delete record[row.broken === 'noid' ? 'id' : 'subscriptionTotalLicenses'];
  return record;
}

/** Unit money for one billing cycle, as a binary float with the noise digits real answers carry. */
function money({ holding }: SubscriptionRow): Wire {
  const cycles = holding.cycle === 'annual' ? 12 : 1;
  const noise = ((holding.index * 7919) % 9973) / 1e7;
  const unit = (text: string) => (holding.trial ? 0 : Number(text) * cycles + noise);
  const cost = unit(holding.product.cost);
  const price = unit(holding.product.price);
  return { price, cost, margin: price - cost, msrp: price * 1.05 };
}

/** The end of the running term; what has ended did so at the end of its first term, or yesterday. */
function termEnd(start: number, length: number, hasEnded: boolean): number {
  const date = new Date(start);
  do date.setUTCMonth(date.getUTCMonth() + length);
  while (!hasEnded && date.getTime() <= epoch);
  return hasEnded ? Math.min(date.getTime(), epoch - day) : date.getTime();
}

/** What `GET …/subscriptions/{id}` adds. Activity ids repeat in captures, and names a person. */
export function subscriptionDetail(state: IonState, row: SubscriptionRow): Wire {
  const log = (actionType: string) => ({
    id: '1',
    actionType,
    actionDate: iso(epoch - row.holding.startedDaysAgo * day),
    actionStatus: 'COMPLETE',
    ccpUserName: 'Portal User',
    ccpUserEmail: 'portal.user@reseller.example',
  });
  return {
    ...subscriptionRecord(state, row),
    activityLogs: { totalCount: '2', items: [log('CREATE'), log('UPDATE')] },
    billingData: [],
    entitlements: [],
    attributes: [],
    lineItems: [],
  };
}

export const iso = (ms: number) => new Date(ms).toISOString();
