import { overlay } from './overlay.ts';
import { type ArrowSphereState, type Licence, type LicenceState, type Patch, worldDay } from './state.ts';

/** Code 86 is the only one known to mean anything; the others are ours, which is why `isEnabled` is the truth. */
const statuses: Record<LicenceState, { code: number; label: string }> = {
  active: { code: 86, label: 'activation_ok' },
  suspended: { code: 87, label: 'suspended' },
  cancelled: { code: 88, label: 'cancelled' },
  expired: { code: 89, label: 'expired' },
  pending: { code: 85, label: 'pending' },
};
const terms = {
  P1M: { months: 1, code: 720, label: 'Month-to-Month' },
  P1Y: { months: 12, code: 8640, label: '1 Year' },
  P3Y: { months: 36, code: 25920, label: '3 Years' },
};
const cycles = {
  monthly: { months: 1, code: 720, label: 'per Month' },
  annual: { months: 12, code: 8640, label: 'per Year' },
};

const soundFindRecord = (state: ArrowSphereState, licence: Licence) => {
  const { product, customer, id, seats } = licence;
  const { code, label } = statuses[licence.state];
  const renewal = nextRenewal(licence);
  const price = prices(licence);
  return overlay(
    {
      // The internal number is not the reference: `partner_ref` is what every other call takes.
      id: 70_000_000 + id,
      partner_ref: `XSP${id}`,
      subscription_id: `5ab5c01d-0000-4000-8000-${String(id).padStart(12, '0')}`,
      vendor_subscription_id: `7e2d0b1d-0000-4000-8000-${String(id).padStart(12, '0')}`,
      customer_ref: customer.ref,
      customer_name: String(customer.patch?.CompanyName ?? customer.company.name),
      reseller_ref: state.reference,
      reseller_name: state.companyName,
      vendor_name: product.vendor,
      vendor_code: product.vendor,
      service_ref: `MS-0B-${product.sku.slice(0, 12)}`,
      sku: product.sku,
      offer: product.name,
      offer_arrowsphere_sku: `MSCSP_${product.sku.replace(':', '-')}`,
      priceband_vendor_sku: product.sku,
      category: 'BaseProduct',
      type: 'recurring',
      uom: 'LICENSE',
      cloud_type: 'SaaS',
      base_seat: licence.baseSeats,
      seat: seats,
      active_seats: { number: null, lastUpdate: null },
      price: {
        priceBandArrowsphereSku: priceBandSku(state, licence),
        buy_price: price.buy,
        sell_price: price.sell,
        list_price: price.sell,
        total_buy_price: cents(price.buy * seats),
        total_sell_price: cents(price.sell * seats),
        total_list_price: cents(price.sell * seats),
        currency: state.currency,
      },
      periodicity: cycles[licence.cycle].code,
      term: terms[licence.term].code,
      auto_renew: licence.renewal !== 'cancel',
      trial: licence.trial,
      start_date: new Date(licence.startedAt).toISOString(),
      // Month-to-month has no end of its own; ArrowSphere writes the year 9021.
      end_date: licence.term === 'P1M' ? renewal.replace(/^\d{4}/, '9021') : renewal,
      next_renewal_date: renewal,
      status_code: code,
      status_label: label,
      isEnabled: licence.state === 'active',
      lastUpdate: new Date(licence.updatedAt).toISOString(),
      marketplace: state.marketplace,
      friendly_name: licence.friendlyName,
      message: licence.message,
      order_ref: `XSPO${id}`,
      parent_line_id: null,
      parent_order_ref: null,
      attributes: { renewalPolicy: licence.renewal },
      warnings: [],
      configs: [],
    },
    licence.patch,
  );
};

/** The live catalogue view that rides beside a found licence. */
function offerRecord(state: ArrowSphereState, licence: Licence): Record<string, unknown> {
  const { buy, sell } = cataloguePrices(state, licence);
  return {
    name: licence.product.name,
    classification: 'SaaS',
    isEnabled: true,
    actionFlags: { isAutoRenew: true, isManualProvisioning: false, renewalSku: null },
    priceBand: {
      currency: state.currency,
      billing: { cycle: cycles[licence.cycle].code, term: terms[licence.term].code, type: 'recurring' },
      prices: { buy, sell, public: sell },
      saleConstraints: saleConstraints(state),
      actionFlags: {
        ...{ canBeCancelled: true, canBeReactivated: true, canBeSuspended: true, canIncreaseSeats: true },
        canDecreaseSeats: canDecrease(state, licence),
      },
      identifiers: { arrowsphere: { sku: priceBandSku(state, licence) } },
    },
  };
}

/** The find dialect: one of `results[]`. */
export function foundRecord(state: ArrowSphereState, licence: Licence) {
  const license: Record<string, unknown> = soundFindRecord(state, licence);
  if (licence.broken === 'unreadable')
    Object.assign(license, { customer_ref: null, offer: 17, sku: null, seat: 'many', price: 'n/a' });
  if (licence.broken === 'noid') for (const key of ['id', 'partner_ref']) delete license[key];
  if (licence.broken === 'noquantity') for (const key of ['seat', 'base_seat']) delete license[key];
  return { license, offer: offerRecord(state, licence) };
}

/** A field as find queries name it, e.g. `license.price.buy_price`. The two every sync filters by skip the rendering. */
export function licenceField(state: ArrowSphereState, licence: Licence, path: string): unknown {
  if (!licence.patch && path === 'license.customer_ref') return licence.customer.ref;
  if (!licence.patch && path === 'license.isEnabled') return licence.state === 'active';
  const [root, ...rest] = path.split('.');
  const record = root === 'offer' ? offerRecord(state, licence) : soundFindRecord(state, licence);
  return rest.reduce<unknown>((value, key) => (value as Patch | null | undefined)?.[key], record);
}

/** The GET dialect: one of `data.licenses[]`, or `data.license`. */
export function licenceRecord(state: ArrowSphereState, licence: Licence): Record<string, unknown> {
  const found = soundFindRecord(state, licence);
  const { price } = found;
  const record: Record<string, unknown> = {
    license_id: found.partner_ref,
    parent_license_id: null,
    friendlyName: found.friendly_name || null,
    customer_ref: found.customer_ref,
    state: licence.state,
    statusCode: found.status_code,
    isTrial: found.trial,
    isAddon: found.category === 'Addon',
    service_ref: found.service_ref,
    sku: found.sku,
    vendorSku: found.sku,
    name: found.offer,
    seats: found.seat,
    activeSeats: found.active_seats,
    activation_datetime: noMillis(found.start_date),
    expiry_datetime: noMillis(found.end_date),
    nextRenewalDate: noMillis(found.next_renewal_date),
    endDate: noMillis(found.end_date),
    autoRenew: found.auto_renew,
    renewalPolicy: licence.renewal,
    message: found.message,
    marketplace: found.marketplace,
    order: { reference: found.order_ref, link: `/api/orders/${found.order_ref}` },
    order_reference: found.order_ref,
    vendor_license_id: found.vendor_subscription_id,
    vendorBillingId: null,
    vendor_code: found.vendor_code,
    program: found.vendor_code,
    associatedSubscriptionProgram: 'MSCSP',
    category: found.cloud_type,
    periodicity: cycles[licence.cycle].label,
    periodicityCode: found.periodicity,
    term: terms[licence.term].label,
    termCode: found.term,
    price: {
      priceBandArrowsphereSku: price.priceBandArrowsphereSku,
      currency: price.currency,
      unit: { buy: price.buy_price, sell: price.sell_price, list: price.list_price },
      total: { buy: price.total_buy_price, sell: price.total_sell_price, list: price.total_list_price },
    },
    priceBand: { saleConstraints: saleConstraints(state), attributes: [] },
    actions: actions(state, licence),
    actionMessages: actionMessages(state, licence),
    extraData: [{ name: 'DOMAIN_NAME', value: licence.customer.company.domain }],
  };
  if (licence.broken === 'unreadable')
    Object.assign(record, { customer_ref: null, name: 17, sku: null, seats: 'many', price: 'n/a' });
  if (licence.broken === 'noid') delete record.license_id;
  if (licence.broken === 'noquantity') delete record.seats;
  return record;
}

const saleConstraints = ({ rules }: ArrowSphereState) => ({
  minQuantity: rules.minSeats,
  maxQuantity: rules.maxSeats,
});

/** The end of the first seven days of the running term, in which a commitment may still be made smaller. */
const windowEnd = (licence: Licence): number => termStart(licence) + 7 * day;

export const inWindow = (state: ArrowSphereState, licence: Licence): boolean =>
  termStart(licence) <= state.clock() && state.clock() < windowEnd(licence);

/** A commitment longer than a month takes more seats at any time, fewer only in its window or at its renewal. */
export const canDecrease = (state: ArrowSphereState, licence: Licence): boolean =>
  licence.term === 'P1M' || inWindow(state, licence);

export const canCancel = (state: ArrowSphereState, licence: Licence): boolean =>
  !state.rules.cancelWindow || licence.term === 'P1M' || inWindow(state, licence);

/** A key is there exactly when the action is allowed now. */
function actions(state: ArrowSphereState, licence: Licence): Record<string, string> {
  const link = (name: string) => `/api/licenses/XSP${licence.id}/${name}`;
  const live = licence.state === 'active';
  const held = live || licence.state === 'suspended';
  return {
    history: link('history'),
    ...(live && { increaseSeats: link('seats'), suspend: link('suspend') }),
    ...(live && canDecrease(state, licence) && { decreaseSeats: link('seats') }),
    ...(licence.state === 'suspended' && { reactivate: link('reactivate') }),
    ...(held && canCancel(state, licence) && { cancel: link('cancel') }),
    ...(live && licence.renewal !== 'cancel' && { autoRenewOff: link('autorenew/cancel') }),
    ...(live && licence.renewal === 'cancel' && { autoRenewOn: link('autorenew/reactivate') }),
  };
}

/** Windows and limits of what a commitment allows; month-to-month has none. */
function actionMessages(state: ArrowSphereState, licence: Licence): Record<string, unknown>[] {
  if (licence.state !== 'active' || licence.term === 'P1M') return [];
  const supportedUntil = noMillis(new Date(windowEnd(licence)).toISOString());
  if (inWindow(state, licence))
    return [
      { action: 'cancel', supportedUntil },
      { action: 'decreaseSeats', maxDecrease: licence.seats - state.rules.minSeats, supportedUntil },
    ];
  const message = 'Seats can be decreased at the renewal.';
  return [
    { action: 'cancel', message: 'The cancellation window has ended.', supportedUntil },
    { action: 'decreaseSeats', message, maxDecrease: 0, supportedUntil },
  ];
}

/** Per seat and periodicity, so an annual cycle costs twelve months. */
export function prices({ product, cycle }: Licence) {
  const { months } = cycles[cycle];
  return { buy: cents(Number(product.cost) * months), sell: cents(Number(product.price) * months) };
}

function cataloguePrices(state: ArrowSphereState, licence: Licence) {
  const now = state.catalogue.get(licence.product.sku);
  const { months } = cycles[licence.cycle];
  return now ? { buy: cents(now.buy * months), sell: cents(now.sell * months) } : prices(licence);
}

export function priceBandSku(state: ArrowSphereState, { product, cycle, term }: Licence): string {
  const codes = `1_${cycles[cycle].code}_${terms[term].code}`;
  return `MSCSP_${product.sku.replace(':', '-')}_${state.marketplace}_${state.currency}_${codes}`;
}

/** The first renewal after the world's day. */
const nextRenewal = (licence: Licence): string => new Date(termEdge(licence, 1)).toISOString();
const termStart = (licence: Licence): number => termEdge(licence, 0);

/** The end of the term that runs on the world's day, or its start. */
function termEdge({ startedAt, term }: Licence, edge: 0 | 1): number {
  const start = new Date(startedAt);
  const { months } = terms[term];
  const after = (passed: number) => {
    const [year, month] = [start.getUTCFullYear(), start.getUTCMonth() + passed];
    const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
    return new Date(startedAt).setUTCMonth(month, Math.min(start.getUTCDate(), lastDay));
  };
  let passed = months;
  while (after(passed) <= worldDay) passed += months;
  return after(edge ? passed : passed - months);
}

const day = 86_400_000;
const cents = (amount: number): number => Math.round(amount * 100) / 100;
const noMillis = (instant: unknown): unknown =>
  typeof instant === 'string' ? instant.replace(/\.\d{3}Z$/, 'Z') : instant;
