import { badText, Refusal } from './answers.ts';
import {
  type Body,
  bool,
  date,
  differs,
  initial,
  int,
  merge,
  now,
  object,
  type RowOf,
  text,
} from './fields.ts';
import { isObject } from './json.ts';
import { type Filter, like, type Resource, same } from './resource.ts';
import type { HaloState } from './state.ts';
import { by, createTable, drop, put } from './table.ts';

/** Which Halo entity a link belongs to. Halo's own numbers are not public; ids of different entities overlap. */
export const tableIds = { licence: 1, client: 2, site: 3 } as const;

const sent = {
  module_id: int(999),
  details_id: int(1),
  halo_second_id: int(),
  halo_second_desc: text(),
  third_party_id: text(1000),
  third_party_secondary_id: text(),
  third_party_desc: text(4000),
  third_party_type: text(250),
  third_party_url: text(),
  third_party_status: text(),
  third_party_count: int(),
  primary: bool(),
};
export const linkFields = { ...sent, halo_id: int(), table_id: int(1) };
const stored = { ...linkFields, date_created: date(), date_updated: date() };
export type Link = RowOf<typeof stored>;

/** For the schemas of what may carry a link. */
export const newLink = { new_external_link: object(linkFields) };

export const createLinks = () =>
  createTable<Link>(3000, {
    thirdParty: (link) => link.third_party_id.toLowerCase(),
    halo: (link) => ownerKey(link.table_id, link.halo_id),
  });

const ownerKey = (table: number, halo: number) => `${table}:${halo}`;

export const linksOf = (state: HaloState, kind: keyof typeof tableIds, id: number) =>
  by(state.links, 'halo', ownerKey(tableIds[kind], id));

/** Makes the link that `new_external_link` asks for and says its id; an equal one is kept, not doubled. */
export function linkFrom(state: HaloState, kind: keyof typeof tableIds, id: number, body: Body) {
  const asked = body.new_external_link;
  if (state.options.links === 'drop' || !isObject(asked) || !asked.third_party_id) return undefined;
  const full = { ...asked, halo_id: id, table_id: tableIds[kind] };
  const twin = linksOf(state, kind, id).find(
    (link) =>
      link.third_party_id === asked.third_party_id &&
      link.third_party_type === (asked.third_party_type ?? '') &&
      link.third_party_secondary_id === (asked.third_party_secondary_id ?? ''),
  );
  return (twin ?? writeLink(state, full, undefined).row).id;
}

function writeLink(state: HaloState, body: Body, old: Link | undefined) {
  const base = old ?? { ...initial(stored, state.links.next), date_created: now() };
  const row = merge(linkFields, base, body, state.options);
  const changed = !old || differs(old, row);
  if (changed) put(state.links, { ...row, date_updated: old ? now() : row.date_updated });
  return { row, changed };
}

const number = (name: keyof Link): Filter<Link> => ({
  kind: 'int',
  test: (row, v) => row[name] === Number(v),
});
const equal = (name: keyof Link): Filter<Link> => ({
  kind: 'text',
  test: (row, v) => same(String(row[name]), v),
});

export const links: Resource<Link> = {
  key: 'links',
  // Which permission guards links is unknown; that of either owner does.
  scopes: ['customers', 'softwarelicensing'],
  table: (state) => state.links,
  fields: linkFields,
  filters: {
    halo_id: number('halo_id'),
    module_id: number('module_id'),
    table_id: number('table_id'),
    details_id: number('details_id'),
    third_party_id: equal('third_party_id'),
    third_party_secondary_id: equal('third_party_secondary_id'),
    third_party_type: equal('third_party_type'),
    third_party_desc: equal('third_party_desc'),
    search: { kind: 'text', test: (row, v) => like(v, row.third_party_id, row.third_party_desc) },
  },
  narrow: (state, query) => {
    const id = query.get('third_party_id');
    if (id) return by(state.links, 'thirdParty', id.toLowerCase());
    const halo = query.get('halo_id');
    if (!halo) return undefined;
    return Object.values(tableIds).flatMap((table) => by(state.links, 'halo', ownerKey(table, Number(halo))));
  },
  check: (_state, body, old) => {
    if (!old && !body.third_party_id) throw new Refusal(badText('Third party id must not be blank'));
  },
  write: writeLink,
  thin: (state, row) => ({ ...row, halo_desc: ownerName(state, row) }),
  full: (state, row) => ({ ...row, halo_desc: ownerName(state, row) }),
  remove: (state, row) => {
    drop(state.links, row.id);
    const licence = row.table_id === tableIds.licence ? state.licences.rows.get(row.halo_id) : undefined;
    if (licence?.external_link_id === row.id) put(state.licences, { ...licence, external_link_id: 0 });
  },
};

function ownerName(state: HaloState, link: Link): string {
  const owners = { 1: state.licences, 2: state.clients, 3: state.sites } as const;
  return owners[link.table_id as 1 | 2 | 3]?.rows.get(link.halo_id)?.name ?? '';
}
