import type { Mapping } from '../../api/types.ts';

const origins: Record<NonNullable<Mapping['origin']>, string> = {
  manual: 'By hand',
  generated: 'Equal names',
  uid: "The client's own reference",
  created: 'Made by an import',
};

/** How a customer came to its client, and by whom. */
export function mappedBy({ origin, createdBy }: Mapping): string {
  if (origin === null) return 'Not mapped';
  return createdBy ? `${origins[origin]}: ${createdBy.name}` : origins[origin];
}
