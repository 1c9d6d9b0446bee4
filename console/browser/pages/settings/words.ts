import type { ApiKey } from '../../api/types.ts';

type Scope = ApiKey['scopes'][number];

/** What a key may do; each may also do what stands before it. */
export const scopes: Record<Scope, { label: string; description: string }> = {
  read: { label: 'Look', description: 'Sees everything and changes nothing.' },
  operate: { label: 'Operate', description: 'Also imports, maps, decides and approves.' },
  admin: { label: 'Administer', description: 'Also adds connections, integrations and keys.' },
};

const order: Scope[] = ['read', 'operate', 'admin'];

/** The widest of them, which holds the others. */
export const scopeText = (held: Scope[]): string =>
  scopes[order.findLast((scope) => held.includes(scope)) ?? 'read'].label;
