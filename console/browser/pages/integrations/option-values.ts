import type { Integration } from '../../api/types.ts';

type Options = Integration['options'];

/** An integration's options as a form holds them: texts and switches. */
export interface OptionValues {
  mode: Options['mode'];
  createClients: boolean;
  updateMainSiteAddress: boolean;
  topLevelId: string;
  currency: string;
  timeZone: string;
  shrinkLimitPercent: string;
  marginFloorPercent: string;
  renewalNoticeDays: string;
  ownership: OwnerRow[];
  changes: Options['changes'];
  autoSeats: string;
  autoMoney: string;
  fourEyes: boolean;
  approvalHours: string;
}

/** A rule of who owns a field, as a form holds it. */
export interface OwnerRow {
  field: Options['ownership'][number]['field'];
  owner: Options['ownership'][number]['owner'];
  vendor: string;
  sku: string;
}

/** Where a new integration begins. */
const assumed: Options = {
  mode: 'apply',
  createClients: false,
  updateMainSiteAddress: false,
  topLevelId: null,
  currency: null,
  timeZone: 'UTC',
  shrinkLimitPercent: 10,
  marginFloorPercent: null,
  renewalNoticeDays: 30,
  ownership: [],
  changes: 'off',
  changePolicy: { autoSeats: 5, autoMoney: null, fourEyes: false, approvalHours: 72 },
};

export function optionValues(options: Options = assumed): OptionValues {
  const {
    changePolicy,
    topLevelId,
    currency,
    shrinkLimitPercent,
    marginFloorPercent,
    renewalNoticeDays,
    ownership,
    ...same
  } = options;
  return {
    ...same,
    topLevelId: topLevelId ?? '',
    currency: currency ?? '',
    shrinkLimitPercent: String(shrinkLimitPercent),
    marginFloorPercent: marginFloorPercent === null ? '' : String(marginFloorPercent),
    renewalNoticeDays: String(renewalNoticeDays),
    ownership: ownership.map((rule) => ({ ...rule, vendor: rule.vendor ?? '', sku: rule.sku ?? '' })),
    autoSeats: String(changePolicy.autoSeats),
    autoMoney: changePolicy.autoMoney ?? '',
    fourEyes: changePolicy.fourEyes,
    approvalHours: String(changePolicy.approvalHours),
  };
}

const numbers = new Set([
  'shrinkLimitPercent',
  'marginFloorPercent',
  'renewalNoticeDays',
  'autoSeats',
  'approvalHours',
]);
const ofPolicy = new Set(['autoSeats', 'autoMoney', 'fourEyes', 'approvalHours']);

/**
 * What differs, or all of it where nothing was before, as the API takes it: an emptied field is null, a text that is no
 * number goes as it is and is refused.
 */
export function changedOptions(before: OptionValues | null, now: OptionValues): Partial<Options> {
  const changed = Object.entries(now)
    .filter(([name, value]) => !isSame(before?.[name as keyof OptionValues], value))
    .map(([name, value]): [string, unknown] => [name, sent(name, value)]);
  const policy = changed.filter(([name]) => ofPolicy.has(name));
  const rest = changed.filter(([name]) => !ofPolicy.has(name));
  return Object.fromEntries(
    policy.length > 0 ? [...rest, ['changePolicy', Object.fromEntries(policy)]] : rest,
  );
}

const isSame = (before: unknown, now: unknown) => JSON.stringify(before) === JSON.stringify(now);

function sent(name: string, value: string | boolean | OwnerRow[]): unknown {
  if (typeof value === 'boolean') return value;
  if (Array.isArray(value))
    return value.map(({ vendor, sku, ...rule }) => ({
      ...rule,
      vendor: vendor.trim() || null,
      sku: sku.trim() || null,
    }));
  const text = value.trim();
  if (text === '') return null;
  return numbers.has(name) && !Number.isNaN(Number(text)) ? Number(text) : text;
}
