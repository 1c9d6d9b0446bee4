/** Who decides a field of a licence, and since when both sides have their values. */
export const ownerships = ['distributor', 'held', 'kept', 'taken'] as const;
export type Ownership = (typeof ownerships)[number];

/** The destination's once they differ from what it returned after our last write. */
export const theirsWhenEdited = ['name', 'unitPrice'] as const;

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
  decisions: readonly { decision: string; fields: readonly string[] | null }[],
): Ownership {
  const decided = (decision: string) =>
    decisions.some((one) => one.decision === decision && (one.fields?.includes(field) ?? true));
  if (!(theirsWhenEdited as readonly string[]).includes(field)) return 'distributor';
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
