import type { Mapping } from '../../api/types.ts';

const origins: Record<NonNullable<Mapping['origin']>, string> = {
  manual: 'By hand',
  generated: 'Equal names',
  uid: "The client's own reference",
  created: 'Made by an import',
};

/** How a customer came to its client. */
export const mappedBy = ({ origin }: Pick<Mapping, 'origin'>): string =>
  origin === null ? 'Not mapped' : origins[origin];
