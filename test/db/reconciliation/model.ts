import Big from 'big.js';

/** A naive reconciliation, written apart from the statement: loops and decimals, no SQL. */
export interface Sub {
  id: string;
  customerId: string;
  product: string;
  status: string;
  quantity: string | null;
  usage: boolean;
  unitCost: string | null;
  unitPrice: string | null;
  currency: string | null;
  cycle: string | null;
  term: string | null;
  seen: boolean;
}

export interface Line {
  id: string;
  clientId: string;
  distributor: string;
  active: boolean;
  product: string;
  quantity: string | null;
  unitCost: string | null;
  unitPrice: string | null;
  cycle: string | null;
  term: string | null;
  /** Which subscription its external link names. */
  link: string | null;
  /** Which integration remembers writing it, for which subscription. */
  baseline: { integration: 'ours' | 'other'; subscriptionId: string } | null;
}

export interface World {
  subs: Sub[];
  lines: Line[];
  /** Customer to client. */
  mappings: Record<string, string>;
  /** Subscription to what a person decided. */
  decisions: Record<string, 'keep' | 'keepTheirs'>;
  currency: string | null;
  marginFloor: number | null;
}

export interface Expected {
  class: string;
  subscriptionIds: string[];
  licenceIds: string[];
  amount: string | null;
  currency: string | null;
  cycle: string | null;
}

const distributor = 'ArrowSphere';
const times = (a: string | null, b: string | null) => (a === null || b === null ? null : new Big(a).times(b));
const round4 = (value: string) => new Big(value).round(4, Big.roundHalfEven);
const plain = (value: Big | null) => (value === null ? null : value.toFixed());

export function reconcile(world: World): Expected[] {
  const found: Expected[] = [];
  const add = (
    name: string,
    subs: string[],
    lines: string[],
    amount: Big | null,
    currency: string | null,
    cycle: string | null,
  ) =>
    found.push({
      class: name,
      subscriptionIds: [...new Set(subs)].sort(),
      licenceIds: [...lines].sort(),
      amount: plain(amount),
      currency: currency || null,
      cycle: cycle || null,
    });
  const alive = (sub: Sub) => ['active', 'suspended'].includes(sub.status) && sub.seen;
  const quantityOf = (sub: Sub) => sub.quantity ?? (sub.usage ? '1' : null);
  const active = world.lines.filter((line) => line.active);
  const subOf = (line: Line): Sub | undefined => {
    if (line.baseline?.integration === 'other') return undefined;
    const id = line.baseline?.subscriptionId ?? line.link;
    return world.subs.find((sub) => sub.id === id);
  };
  const elsewhere = new Map<string, string[]>();
  for (const line of active)
    if (line.baseline?.integration === 'other' && line.link !== null)
      elsewhere.set(line.link, [...(elsewhere.get(line.link) ?? []), line.id]);
  for (const sub of world.subs) {
    const lines = elsewhere.get(sub.id);
    if (lines && alive(sub))
      add('owned-by-another-integration', [sub.id], lines, null, sub.currency, sub.cycle);
  }

  interface Group {
    subs: Sub[];
    lines: Line[];
  }
  const groups = new Map<string, Group>();
  const groupOf = (key: string[]) => {
    const text = JSON.stringify(key);
    const group = groups.get(text) ?? { subs: [], lines: [] };
    groups.set(text, group);
    return group;
  };
  for (const sub of world.subs)
    if (alive(sub) && !elsewhere.has(sub.id))
      groupOf([
        world.mappings[sub.customerId] ?? `?${sub.customerId}`,
        sub.product,
        sub.cycle ?? '',
        sub.currency ?? '',
      ]).subs.push(sub);
  for (const line of active) {
    const sub = subOf(line);
    const known = sub !== undefined;
    if (!known && (line.distributor !== distributor || line.baseline?.integration === 'other')) continue;
    if (sub && !alive(sub) && world.decisions[sub.id] === 'keep') {
      const worth = times(line.quantity, line.unitPrice);
      add('held-by-person', [sub.id], [line.id], worth?.times(-1) ?? null, sub.currency, sub.cycle);
      continue;
    }
    const product = sub?.product ?? line.product;
    const cycle = sub ? (sub.cycle ?? '') : (line.cycle ?? '');
    const told = sub ? (sub.currency ?? '') : null;
    const currencies = [...groups.entries()]
      .filter(([key, group]) => {
        const [place, of, turn] = JSON.parse(key) as string[];
        return group.subs.length > 0 && place === line.clientId && of === product && turn === cycle;
      })
      .map(([key]) => (JSON.parse(key) as string[])[3]!)
      .sort();
    groupOf([line.clientId, product, cycle, told ?? currencies[0] ?? '']).lines.push(line);
  }
  for (const [key, { subs, lines }] of groups) {
    const [, , cycle, currency] = JSON.parse(key) as [string, string, string, string];
    const one = (values: (string | null)[]) =>
      values.length > 0 && values.every((value) => value !== null && new Big(value).eq(values[0] ?? -1))
        ? values[0]!
        : null;
    const most = (values: (string | null)[]) =>
      values.reduce<string | null>(
        (best, value) => (value !== null && (best === null || new Big(value).gt(best)) ? value : best),
        null,
      );
    const sum = (values: (string | null)[]) =>
      values.reduce<Big>((total, value) => (value === null ? total : total.plus(value)), new Big(0));
    const bought = subs.map(quantityOf);
    const known = bought.every((value) => value !== null);
    const subIds = [...subs.map((sub) => sub.id), ...lines.flatMap((line) => subOf(line)?.id ?? [])];
    const lineIds = lines.map((line) => line.id);
    if (lines.length === 0) {
      const worths = subs.map((sub) => times(quantityOf(sub), sub.unitPrice ?? sub.unitCost));
      const priced = worths.filter((worth) => worth !== null);
      const worth = priced.length === 0 ? null : priced.reduce((a, b) => a.plus(b));
      add('active-but-unbilled', subIds, [], known ? worth : null, currency, cycle);
      continue;
    }
    if (!known || lines.some((line) => line.quantity === null)) continue;
    const difference = sum(bought).minus(sum(lines.map((line) => line.quantity)));
    if (difference.eq(0)) continue;
    const sameCycle = lines.every((line) => (line.cycle ?? cycle) === cycle);
    const price =
      (sameCycle ? one(lines.map((line) => line.unitPrice)) : null) ??
      one(subs.map((sub) => sub.unitPrice)) ??
      most(lines.map((line) => line.unitPrice)) ??
      most(subs.map((sub) => sub.unitPrice ?? sub.unitCost));
    const paired = lines.flatMap((line) => subOf(line)?.id ?? []);
    const name = difference.gt(0)
      ? 'under-billed'
      : new Set(paired).size < paired.length
        ? 'duplicate-line'
        : lines.some((line) => {
              const sub = subOf(line);
              return sub !== undefined && !alive(sub);
            })
          ? 'billed-after-cancellation'
          : 'over-billed';
    add(name, subIds, lineIds, price === null ? null : difference.times(price), currency, cycle);
  }

  for (const line of active) {
    const sub = subOf(line);
    if (!sub || !alive(sub)) continue;
    const sameCycle = line.cycle === null || line.cycle === (sub.cycle ?? '');
    const pair = (name: string, amount: Big | null) =>
      add(name, [sub.id], [line.id], amount, sub.currency, sub.cycle);
    const { unitPrice: price, unitCost: cost } = line;
    if (sameCycle && price !== null && sub.unitPrice !== null && !round4(price).eq(round4(sub.unitPrice)))
      pair(
        world.decisions[sub.id] === 'keepTheirs' ? 'held-by-person' : 'price-drift',
        times(new Big(sub.unitPrice).minus(price).toFixed(), line.quantity),
      );
    if (sameCycle && cost !== null && sub.unitCost !== null && !round4(cost).eq(round4(sub.unitCost)))
      pair('cost-drift', null);
    const floor = world.marginFloor;
    if (sameCycle && floor !== null && price !== null && sub.unitCost !== null && new Big(price).gt(0)) {
      const least = new Big(price).times(floor);
      if (new Big(price).minus(sub.unitCost).times(100).lt(least)) {
        const short = new Big(sub.unitCost).minus(
          new Big(price).times(new Big(1).minus(new Big(floor).div(100))),
        );
        pair('margin-below-floor', times(short.toFixed(), line.quantity));
      }
    }
    if (!sameCycle || (line.term !== null && sub.term !== null && line.term !== sub.term))
      pair('term-mismatch', null);
    if (world.currency !== null && sub.currency !== null && sub.currency !== world.currency)
      pair('currency-mismatch', null);
  }
  return found;
}
