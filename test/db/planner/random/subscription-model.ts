import Big from 'big.js';

/**
 * A naive plan of subscriptions, written apart from the statement: docs/design.md ("Subscriptions", "Going away",
 * "Unreadable is not absent") as loops over plain objects. No SQL, no sets, nothing shared with the planner.
 */
export interface Facts {
  name: string;
  status: string;
  statusText: string | null;
  quantity: string | null;
  usage: boolean;
  trial: boolean;
  unitCost: string | null;
  unitPrice: string | null;
  currency: string | null;
  billingCycle: string | null;
  term: string | null;
  startDate: string | null;
  endDate: string | null;
  autoRenew: boolean | null;
  vendor: string | null;
  sku: string | null;
  vendorSku: string | null;
  tenantId: string | null;
  unreadable: string[];
}

export interface Sub {
  id: string;
  customerId: string;
  now: Facts;
  shown: boolean;
  /** Hours since the first complete listing without it; null if none lacked it. */
  absentHours: number | null;
  /** approve, adopt, deactivate, keep or dismiss. */
  fate: string | null;
  /** Of a fate `adopt`: the licence. */
  adopts: string | null;
  /** Of a fate `dismiss`: the kinds of findings that were dismissed; null: from before they were told apart. */
  dismissed: string[] | null;
  /** Fields for which a person takes ours, or keeps theirs; `all` is the whole record. */
  takeOurs: string[] | 'all' | null;
  keepTheirs: string[] | 'all' | null;
  /** An earlier create may have happened. */
  doubtful: boolean;
  /** What this integration remembers having written. */
  base: Base | null;
}

export interface Base {
  /** The subscription when it was written. */
  was: Facts;
  licenceId: string;
  active: boolean;
  sent: Fields;
  returned: Fields;
}

export type Fields = Record<string, unknown>;

export interface Line {
  id: string;
  clientId: string;
  distributor: string | null;
  active: boolean;
  deleted: boolean;
  fields: Fields;
  unreadable: string[];
  /** Ids attached to it, each with the type it was attached as. */
  links: { id: string; type: string | null }[];
  /** Another integration of the same destination remembers it. */
  rival: boolean;
}

export interface Owned {
  field: string;
  owner: 'ours' | 'ask' | 'theirs';
  vendor?: string;
  sku?: string;
}

export interface World {
  currency: string | null;
  berlin: boolean;
  shrinkLimitPercent: number;
  ownership: Owned[];
  /** The source lists by customer, and these could not be listed. */
  byCustomer: boolean;
  failed: string[];
  /** The listing lacks nothing, or only records without a readable id, or more than that. */
  listing: 'complete' | 'accounted' | 'incomplete';
  /** Hours since customers were last listed completely. */
  customersListed: number;
  chosen: string[] | null;
  customers: {
    id: string;
    clientId: string | null;
    client: 'active' | 'inactive' | 'gone';
    /** Hours since customers were first listed without it. */
    leftHours: number | null;
  }[];
  subs: Sub[];
  lines: Line[];
}

export interface Item {
  rule: string;
  action: string;
  outcome: string;
  recordId: string | null;
  clientId: string | null;
  after: Fields | null;
  held: Record<string, { ours: unknown; theirs: unknown }> | null;
}

export interface Plan {
  items: Record<string, Item>;
  unchanged: number;
  shrink: string[] | null;
  gone: string[] | null;
}

export const us = 'ArrowSphere';
export const ourType = 'arrowsphere:A:subscription';
const ended = ['cancelled', 'expired', 'deleted'];
const alive = ['active', 'suspended'];
const low = (text: string | null | undefined) => text?.toLowerCase();

/** A value as two sides compare it. */
function alike(field: string, a: unknown, b: unknown): boolean {
  const plain = (value: unknown) => {
    if (value === null || value === undefined) return null;
    if (field === 'unitCost' || field === 'unitPrice')
      return new Big(String(value)).round(4, Big.roundHalfEven).toFixed();
    return field === 'quantity' ? new Big(String(value)).toFixed() : String(value);
  };
  return plain(a) === plain(b);
}

const zones: Record<string, number> = { summer: 2, winter: 1 };
/** Dates of the tests are in January or July. */
function local(value: string | null, berlin: boolean): string | null {
  if (value === null) return null;
  if (value.length === 10) return `${value}T00:00:00`;
  const at = new Date(value);
  const hours = berlin ? zones[at.getUTCMonth() === 6 ? 'summer' : 'winter']! : 0;
  return new Date(at.getTime() + hours * 3_600_000).toISOString().slice(0, 19);
}

/** What the licence should say. What the distributor does not say, or cannot be read, is not there. */
export function wantedOf(
  of: Facts,
  customerId: string,
  { currency, berlin }: Pick<World, 'currency' | 'berlin'>,
): Fields {
  const fields: Fields = {};
  const say = (field: string, value: unknown) => {
    if (value !== null && value !== undefined && !of.unreadable.includes(field)) fields[field] = value;
  };
  if (!of.unreadable.includes('trial'))
    say('name', of.trial && !/\btrial\b/i.test(of.name) ? `${of.name} (trial)` : of.name);
  say('quantity', of.quantity ?? (of.usage ? '1' : null));
  if (!(of.quantity === null && of.usage) && (currency === null || of.currency === currency)) {
    say('unitCost', of.unitCost);
    say('unitPrice', of.unitPrice);
  }
  say('status', of.status === 'unknown' ? (of.statusText ?? 'unknown') : of.status);
  for (const field of [
    'billingCycle',
    'term',
    'autoRenew',
    'sku',
    'vendorSku',
    'vendor',
    'tenantId',
  ] as const)
    say(field, of[field]);
  say('distributor', us);
  say('customerId', customerId);
  say('active', true);
  // That a subscription has no end is a fact too.
  for (const field of ['startDate', 'endDate'] as const)
    if (!of.unreadable.includes(field)) fields[field] = local(of[field], berlin);
  return fields;
}

const defaults: Record<string, string> = {
  name: 'ask', unitPrice: 'ask', quantity: 'ours', unitCost: 'ours', startDate: 'ours', endDate: 'ours', status: 'ours',
  term: 'ours', billingCycle: 'ours', autoRenew: 'ours', distributor: 'ours', active: 'ours',
}; // biome-ignore format: a table

function ownerOf(world: World, field: string, of: Facts): string | null {
  for (const rule of world.ownership) {
    if (rule.field !== field) continue;
    if (rule.vendor !== undefined && low(rule.vendor) !== low(of.vendor)) continue;
    if (rule.sku !== undefined && low(rule.sku) !== low(of.sku) && low(rule.sku) !== low(of.vendorSku))
      continue;
    return rule.owner;
  }
  return defaults[field] ?? null;
}

const has = (fields: string[] | 'all' | null, field: string) =>
  fields === 'all' || (fields ?? []).includes(field);

export function plan(world: World): Plan {
  const items: Record<string, Item> = {};
  let unchanged = 0;
  const considered = world.subs.filter(
    (sub) => world.chosen === null || world.chosen.includes(sub.customerId),
  );
  const nobodys = (line: Line) => !line.rival && !world.subs.some((sub) => sub.base?.licenceId === line.id);
  const lineOf = (id: string | undefined) => world.lines.find((line) => line.id === id && !line.deleted);

  /** By stored id, else by an external link with the same id on a licence of this distributor. */
  function found(sub: Sub): { line: Line; how: 'stored' | 'link' | 'confirmed' } | null {
    const stored = lineOf(sub.base?.licenceId);
    if (stored) return { line: stored, how: 'stored' };
    const linked = world.lines
      .filter((line) => !line.deleted && line.distributor === us)
      .filter((line) => nobodys(line) || (!line.rival && sub.base?.licenceId === line.id))
      .flatMap((line) => line.links.map((link) => ({ line, link })))
      // Our own kind of id must be of our own account; other programs' ids are as good as any.
      .filter(({ link }) => link.id === sub.id)
      .filter(({ link }) => link.type === ourType || !link.type?.startsWith('arrowsphere:'));
    linked.sort(
      (a, b) =>
        Number(b.link.type === ourType) - Number(a.link.type === ourType) ||
        Number(b.line.active) - Number(a.line.active) ||
        a.line.id.length - b.line.id.length ||
        (a.line.id < b.line.id ? -1 : 1),
    );
    if (linked[0]) return { line: linked[0].line, how: 'link' };
    const confirmed = sub.fate === 'adopt' ? lineOf(sub.adopts ?? undefined) : undefined;
    return confirmed && nobodys(confirmed) ? { line: confirmed, how: 'confirmed' } : null;
  }
  const customerOf = (sub: Sub) => world.customers.find((customer) => customer.id === sub.customerId)!;
  const isLinked = (line: Line) =>
    world.subs.some((sub) => !lineOf(sub.base?.licenceId) && found(sub)?.line === line);

  /** Licences that nobody keeps, offered to subscriptions of the same client, SKU and term, the largest first. */
  const offers = new Map<string, Line>();
  const product = (client: string, sku: unknown, term: unknown) =>
    JSON.stringify([client, low(sku as string), term]);
  const free = world.lines
    .filter((line) => line.active && !line.deleted && [null, '', us].includes(line.distributor))
    .filter((line) => nobodys(line) && !isLinked(line))
    .filter((line) => !line.links.some((link) => link.type?.startsWith('arrowsphere:')))
    .filter((line) => (line.fields.vendorSku || line.fields.sku) && line.fields.term);
  const bigger = (a: unknown, b: unknown) =>
    a === b ? 0 : a === null ? 1 : b === null ? -1 : new Big(String(b)).cmp(String(a));
  free.sort((a, b) => bigger(a.fields.quantity ?? null, b.fields.quantity ?? null) || (a.id < b.id ? -1 : 1));
  const seeking = considered
    .filter((sub) => alive.includes(sub.now.status) && sub.base === null && !found(sub))
    .filter((sub) => customerOf(sub).clientId !== null && (sub.now.vendorSku ?? sub.now.sku) && sub.now.term)
    .sort((a, b) => bigger(a.now.quantity, b.now.quantity) || (a.id < b.id ? -1 : 1));
  for (const sub of seeking) {
    const key = product(customerOf(sub).clientId!, sub.now.vendorSku ?? sub.now.sku, sub.now.term);
    const line = free.find(
      (one) =>
        ![...offers.values()].includes(one) &&
        product(one.clientId, one.fields.vendorSku || one.fields.sku, one.fields.term) === key,
    );
    if (line) offers.set(sub.id, line);
  }

  /** A licence that cannot be read whole, and may be this subscription. */
  const mayBe = (sub: Sub, line: Line) => {
    if (line.deleted || !nobodys(line)) return false;
    if (!line.unreadable.some((field) => ['clientId', 'name', 'deleted', 'distributor'].includes(field)))
      return false;
    if (line.links.some((link) => link.id === sub.id)) return true;
    if (line.clientId !== '' && line.clientId !== customerOf(sub).clientId) return false;
    const name = String(line.fields.name ?? '');
    return (
      name === '' ||
      name === sub.now.name ||
      name === `${sub.now.name} (trial)` ||
      (sub.now.sku !== null && line.fields.sku === sub.now.sku)
    );
  };

  const listed = (customerId: string) => !world.byCustomer || !world.failed.includes(customerId);
  const hasLeft = (sub: Sub) => {
    const { leftHours } = customerOf(sub);
    return leftHours !== null && leftHours >= world.customersListed + 1;
  };
  /** One that has left is no longer asked for. */
  const asked = (sub: Sub) => !(world.byCustomer && hasLeft(sub));

  for (const sub of considered) {
    const { now, base, fate } = sub;
    const match = found(sub);
    const line = match?.line ?? null;
    const customer = customerOf(sub);
    const isEnded = ended.includes(now.status);
    const put = (
      rule: string,
      action: string,
      outcome: string,
      after: Fields | null = null,
      more: Partial<Item> = {},
    ) => {
      items[sub.id] = {
        rule, action, outcome, after, held: null, recordId: line?.id ?? null,
        clientId: line === null || after?.clientId !== undefined ? customer.clientId : line.clientId, ...more,
      }; // biome-ignore format: one item
    };
    const usual = line === null ? 'create' : 'update';
    const skip = (rule: string, action = usual) => put(rule, action, 'skipped');
    const hold = (rule: string, action = usual, more: Partial<Item> = {}) =>
      put(rule, action, 'held', null, more);
    /** A question that a person has dismissed is not asked again. */
    const quiet = (...kinds: string[]) =>
      fate === 'dismiss' && (sub.dismissed === null || kinds.some((kind) => sub.dismissed!.includes(kind)));
    const ask = (rule: string, more: Partial<Item> = {}) =>
      quiet(rule.replaceAll('_', '-')) ? unchanged++ : hold(rule, usual, more);
    const deactivate = (rule: string, status: string) => {
      const after: Fields = {};
      if (!alike('status', line!.fields.status, status)) after.status = status;
      if (line!.fields.active !== false) after.active = false;
      if (Object.keys(after).length === 0) unchanged++;
      else put(rule, 'deactivate', 'planned', after);
    };

    // Gone from the listing.
    const isOurs = line !== null && (base === null || base.active);
    if (!sub.shown) {
      if (!asked(sub) && customer.clientId !== null && isOurs) {
        if (fate === 'deactivate') deactivate('ended_by_decision', 'cancelled');
        else if (fate === 'keep') skip('kept_by_decision');
        else hold('customer_left', 'deactivate');
        continue;
      }
      const twice =
        sub.absentHours !== null && sub.absentHours >= 1 && world.listing === 'complete' && world.chosen === null &&
        listed(sub.customerId) && asked(sub); // biome-ignore format: one condition
      if (!twice || base === null) continue;
    }
    // At first sight ended or not yet begun.
    if (base === null && line === null && (isEnded || now.status === 'pending')) {
      skip('not_alive');
      continue;
    }
    // Ended here and there: nothing is left to be done, whatever became of the client.
    if ((!sub.shown || isEnded) && base !== null && (line === null || !base.active)) {
      unchanged++;
      continue;
    }
    if (customer.clientId === null) {
      skip('customer_unmapped');
      continue;
    }
    if (customer.client !== 'active') {
      hold(customer.client === 'gone' ? 'client_missing' : 'client_inactive');
      continue;
    }
    if (!sub.shown || isEnded) {
      if (sub.shown && (world.listing === 'incomplete' || !listed(sub.customerId) || !asked(sub)))
        unchanged++;
      else if (fate === 'keep') skip('kept_by_decision');
      else if (sub.shown) deactivate('ended_at_distributor', now.status);
      else if (fate === 'deactivate') deactivate('ended_by_decision', 'cancelled');
      else if (world.byCustomer && (world.failed.length > 0 || world.customersListed > sub.absentHours!))
        hold('absence_unclear', 'deactivate');
      else deactivate('absent_twice', 'cancelled');
      continue;
    }
    if (
      now.quantity === null ? !now.usage || now.unreadable.includes('quantity') : new Big(now.quantity).lt(0)
    ) {
      ask('quantity_missing');
      continue;
    }
    const all = () => ({
      name: now.name,
      ...wantedOf(now, sub.customerId, world),
      clientId: customer.clientId,
    });
    if (line === null) {
      const wasOurs = base?.active ?? false;
      if (wasOurs && fate === 'keep') skip('kept_by_decision');
      else if (wasOurs) put('licence_gone', 'create', 'planned', all());
      else if (sub.doubtful) hold('ambiguous_write');
      else if (now.status === 'unknown') ask('status_unknown');
      else if (fate !== 'approve' && world.lines.some((one) => mayBe(sub, one))) ask('licence_unreadable');
      else if (fate !== 'approve' && offers.has(sub.id))
        ask('licence_offered', { recordId: offers.get(sub.id)!.id });
      // A person said that there shall be none, or that there is one already.
      else if (quiet('licence-unreadable', 'licence-offered', 'ambiguous-write')) unchanged++;
      else put('new_subscription', 'create', 'planned', all());
      continue;
    }
    if (now.status === 'unknown') {
      if (fate === 'deactivate') deactivate('ended_by_decision', 'cancelled');
      else ask('status_unknown');
      continue;
    }

    const wanted: Fields = { ...wantedOf(now, sub.customerId, world), clientId: customer.clientId };
    const theirs: Fields = { ...line.fields, clientId: line.clientId };
    const differing = Object.keys(wanted).filter((field) => !alike(field, wanted[field], theirs[field]));
    if (match!.how !== 'stored') {
      // Another's licence becomes ours: our fields are written, name and price stay.
      const after = differing.filter(
        (field) => field === 'clientId' || ownerOf(world, field, now) === 'ours',
      );
      put(
        match!.how === 'link' ? 'adopted_by_link' : 'adopted_by_decision',
        'update',
        'planned',
        pick(wanted, after),
      );
      continue;
    }
    const after: string[] = [];
    const held: string[] = [];
    let overwritten = false;
    for (const field of differing) {
      const owner = ownerOf(world, field, now);
      const moved = !alike(field, wanted[field], base!.sent[field]);
      // The baseline is what the destination returned; what cannot be read there was not edited.
      const edited =
        owner !== null && field in base!.returned && !line.unreadable.includes(field) &&
        !alike(field, base!.returned[field], theirs[field]); // biome-ignore format: one condition
      if (edited && has(sub.takeOurs, field)) after.push(field);
      else if (owner === 'ours') {
        if (moved || edited) after.push(field);
      } else if (owner !== 'theirs' && moved && !edited) after.push(field);
      else if (owner === 'ask' && edited && !has(sub.keepTheirs, field)) held.push(field);
      if (edited && owner === 'ours') overwritten = true;
    }
    if (after.length === 0 && held.length === 0) unchanged++;
    else
      put(
        overwritten ? 'edit_overwritten' : 'changed_at_distributor',
        'update',
        after.length > 0 ? 'planned' : 'held',
        pick(wanted, after),
        {
          held:
            held.length > 0
              ? Object.fromEntries(
                  held.map((field) => [field, { ours: wanted[field], theirs: theirs[field] ?? null }]),
                )
              : null,
        },
      );
  }
  return { items, unchanged, ...guard(world, items) };
}

const pick = (fields: Fields, names: string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, fields[name]]));

/** Too much at once: all of it is held, and falls are counted by themselves. */
function guard(world: World, items: Record<string, Item>): Pick<Plan, 'shrink' | 'gone'> {
  const bases = world.subs.flatMap((sub) => (sub.base?.active ? [sub.base] : []));
  const share = world.shrinkLimitPercent / 100;
  const subOf = (id: string) => world.subs.find((sub) => sub.id === id)!;
  const quantity = (value: unknown) => new Big(String(value ?? 0));
  const licenceLimit = Math.max(3, bases.length * share);
  const total = bases.reduce((sum, base) => sum.plus(quantity(base.sent.quantity)), new Big(0));
  const quantityLimit = total.times(share).gt(3) ? total.times(share) : new Big(3);

  // A fall that a person refused is not written; the rest of the item is.
  for (const [id, item] of Object.entries(items)) {
    const { base, fate } = subOf(id);
    const wanted = item.after?.quantity;
    if (
      fate !== 'keep' ||
      item.action !== 'update' ||
      item.outcome !== 'planned' ||
      !base ||
      wanted === undefined
    )
      continue;
    if (!quantity(wanted).lt(quantity(base.sent.quantity)) || base.sent.quantity === undefined) continue;
    delete item.after!.quantity;
    if (Object.keys(item.after!).length === 0) item.outcome = item.held ? 'held' : 'skipped';
  }
  const open = Object.entries(items).filter(
    ([id, item]) => item.outcome === 'planned' && !['approve', 'deactivate'].includes(subOf(id).fate ?? ''),
  );
  let deactivations = 0;
  let fall = new Big(0);
  const falling: string[] = [];
  for (const [id, item] of open) {
    const { base } = subOf(id);
    const ends = item.action === 'deactivate' && item.after!.active === false;
    if (!ends && item.after?.quantity === undefined) continue;
    const sent = base?.sent.quantity;
    const lost =
      sent === undefined ? new Big(0) : quantity(sent).minus(ends ? 0 : quantity(item.after!.quantity));
    if (!ends && lost.lte(0)) continue;
    falling.push(id);
    if (ends) deactivations++;
    if (lost.gt(0)) fall = fall.plus(lost);
  }
  const shrink = deactivations > licenceLimit || fall.gt(quantityLimit) ? falling : null;
  for (const id of shrink ?? []) items[id]!.outcome = 'held';

  // Licences that are gone at the destination, or all of which it shows none.
  const shows = world.lines.some((line) => !line.deleted);
  const gone = open
    .filter(([, item]) => item.outcome === 'planned' && item.action === 'create')
    .filter(
      ([id, item]) =>
        item.rule === 'licence_gone' ||
        (!shows && world.lines.some((line) => line.links.some((link) => link.id === id))),
    )
    .map(([id]) => id);
  const tooMany = gone.length > (shows ? licenceLimit : 0);
  for (const id of tooMany ? gone : []) items[id]!.outcome = 'held';
  return { shrink: shrink?.sort() ?? null, gone: tooMany ? gone.sort() : null };
}
