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
      message: '',
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
  const { buy, sell } = prices(licence);
  return {
    name: licence.product.name,
    classification: 'SaaS',
    isEnabled: true,
    actionFlags: { isAutoRenew: true, isManualProvisioning: false, renewalSku: null },
    priceBand: {
      currency: state.currency,
      billing: { cycle: cycles[licence.cycle].code, term: terms[licence.term].code, type: 'recurring' },
      prices: { buy, sell, public: sell },
      saleConstraints: { minQuantity: 1, maxQuantity: maxSeats },
      actionFlags: {
        ...{ canBeCancelled: true, canBeReactivated: true, canBeSuspended: true, canIncreaseSeats: true },
        canDecreaseSeats: canDecrease(licence),
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
    priceBand: { saleConstraints: { minQuantity: 1, maxQuantity: maxSeats }, attributes: [] },
    actions: actions(licence),
    actionMessages: [],
    extraData: [{ name: 'DOMAIN_NAME', value: licence.customer.company.domain }],
  };
  if (licence.broken === 'unreadable')
    Object.assign(record, { customer_ref: null, name: 17, sku: null, seats: 'many', price: 'n/a' });
  if (licence.broken === 'noid') delete record.license_id;
  if (licence.broken === 'noquantity') delete record.seats;
  return record;
}

export const maxSeats = 9999;

/** A commitment longer than a month takes more seats at any time, fewer only at its renewal. */
export const canDecrease = (licence: Licence): boolean => licence.term === 'P1M';

/** A key is there exactly when the action is allowed now. */
function actions(licence: Licence): Record<string, string> {
  const link = (name: string) => `/api/licenses/XSP${licence.id}/${name}`;
  const live = licence.state === 'active';
  return {
    history: link('history'),
    ...(live && { increaseSeats: link('seats'), suspend: link('suspend') }),
    ...(live && canDecrease(licence) && { decreaseSeats: link('seats') }),
    ...(licence.state === 'suspended' && { reactivate: link('reactivate') }),
    ...((live || licence.state === 'suspended') && { cancel: link('cancel') }),
    ...(live && licence.renewal !== 'cancel' && { autoRenewOff: link('autorenew/cancel') }),
    ...(live && licence.renewal === 'cancel' && { autoRenewOn: link('autorenew/reactivate') }),
  };
}

/** Per seat and periodicity, so an annual cycle costs twelve months. */
function prices({ product, cycle }: Licence) {
  const { months } = cycles[cycle];
  return { buy: cents(Number(product.cost) * months), sell: cents(Number(product.price) * months) };
}

function priceBandSku(state: ArrowSphereState, { product, cycle, term }: Licence): string {
  const codes = `1_${cycles[cycle].code}_${terms[term].code}`;
  return `MSCSP_${product.sku.replace(':', '-')}_${state.marketplace}_${state.currency}_${codes}`;
}

/** The first renewal after the world's day. */
function nextRenewal({ startedAt, term }: Licence): string {
  const start = new Date(startedAt);
  const { months } = terms[term];
  for (let passed = months; ; passed += months) {
    const lastDay = new Date(
      Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + passed + 1, 0),
    ).getUTCDate();
    const due = new Date(startedAt);
    due.setUTCMonth(start.getUTCMonth() + passed, Math.min(start.getUTCDate(), lastDay));
    if (due.getTime() > worldDay) return due.toISOString();
  }
}

const cents = (amount: number): number => Math.round(amount * 100) / 100;
const noMillis = (instant: unknown): unknown =>
  typeof instant === 'string' ? instant.replace(/\.\d{3}Z$/, 'Z') : instant;
