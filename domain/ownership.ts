/** Who decides a field of a licence, and since when both sides have their values. */
export const ownerships = ['distributor', 'destination', 'held', 'kept', 'taken'] as const;
export type Ownership = (typeof ownerships)[number];

/**
 * `ours`: an edit at the destination is overwritten. `ask`: theirs once it differs from what the destination returned
 * after our last write; a person decides. `theirs`: written once, when the licence is made, and never again.
 */
export const owners = ['ours', 'ask', 'theirs'] as const;
export type Owner = (typeof owners)[number];

/** Fields whose owner can be chosen, with the owner each has where nothing else is said. */
export const defaultOwners = {
  name: 'ask', unitPrice: 'ask', quantity: 'ours', unitCost: 'ours', startDate: 'ours', endDate: 'ours', status: 'ours',
  term: 'ours', billingCycle: 'ours', autoRenew: 'ours',
} as const satisfies Record<string, Owner>; // biome-ignore format: a table
export type OwnedField = keyof typeof defaultOwners;
export const ownedFields = Object.keys(defaultOwners) as [OwnedField, ...OwnedField[]];

/** Without these we could not keep a licence at all: always ours. */
const alwaysOurs = ['distributor', 'active'];

/** Who owns a field of all licences, or of those of one vendor or product. */
export interface OwnerRule {
  field: OwnedField;
  owner: Owner;
  /** The distributor's word, whatever its case; null: of all. */
  vendor?: string | null;
  /** The distributor's or the vendor's SKU; null: of all. */
  sku?: string | null;
}

/** All rules that count, the first that fits deciding: those of an integration, then what holds everywhere. */
export const ownerRules = (
  own: readonly OwnerRule[] = [],
): { field: string; owner: Owner; vendor: string | null; sku: string | null }[] => [
  ...own.map(({ field, owner, vendor = null, sku = null }) => ({ field, owner, vendor, sku })),
  ...Object.entries(defaultOwners).map(([field, owner]) => ({ field, owner, vendor: null, sku: null })),
  ...alwaysOurs.map((field) => ({ field, owner: 'ours' as const, vendor: null, sku: null })),
];

interface Product {
  vendor?: unknown;
  sku?: unknown;
  vendorSku?: unknown;
}

/** null: of a field that is written when it changes and has no owner. */
export function ownerOf(field: string, product: Product, own: readonly OwnerRule[] = []): Owner | null {
  const alike = (a: string, b: unknown) => typeof b === 'string' && a.toLowerCase() === b.toLowerCase();
  const fits = ownerRules(own).find(
    (rule) =>
      rule.field === field &&
      (rule.vendor === null || alike(rule.vendor, product.vendor)) &&
      (rule.sku === null || alike(rule.sku, product.sku) || alike(rule.sku, product.vendorSku)),
  );
  return fits?.owner ?? null;
}

export interface FieldSides {
  field: string;
  distributor: unknown;
  baseline: unknown;
  destination: unknown;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** The rule that decides a field; a decision without fields applies to the whole record. */
export function ownershipOf(
  { field, baseline, destination }: FieldSides,
  owner: Owner | null,
  decisions: readonly { decision: string; fields: readonly string[] | null }[],
): Ownership {
  const decided = (decision: string) =>
    decisions.some((one) => one.decision === decision && (one.fields?.includes(field) ?? true));
  if (owner === 'theirs') return 'destination';
  if (owner !== 'ask') return 'distributor';
  if (decided('takeOurs')) return 'taken';
  if (decided('keepTheirs')) return 'kept';
  return baseline !== undefined && destination !== undefined && !same(baseline, destination)
    ? 'held'
    : 'distributor';
}

/** Since when a field has its current value; versions are newest first. */
export function unchangedSince(
  field: string,
  versions: readonly { from: Date; fields: Record<string, unknown> }[],
): Date | null {
  const [now] = versions;
  if (!now) return null;
  let since = now.from;
  for (const { from, fields } of versions) {
    if (!same(fields[field], now.fields[field])) break;
    since = from;
  }
  return since;
}

export interface Change {
  at: Date;
  before: Record<string, unknown> | null;
  after: Record<string, unknown>;
}

/** What changed from each version to the next, newest first; the oldest version is the start. */
export function changesOf(versions: readonly { from: Date; fields: Record<string, unknown> }[]): Change[] {
  return versions.flatMap(({ from, fields }, n): Change[] => {
    const older = versions[n + 1]?.fields;
    if (!older) return [{ at: from, before: null, after: fields }];
    const names = [...new Set([...Object.keys(older), ...Object.keys(fields)])].filter(
      (name) => !same(older[name], fields[name]),
    );
    if (names.length === 0) return [];
    const pick = (of: Record<string, unknown>) =>
      Object.fromEntries(names.map((name) => [name, of[name] ?? null]));
    return [{ at: from, before: pick(older), after: pick(fields) }];
  });
}
