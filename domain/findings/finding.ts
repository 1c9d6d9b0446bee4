import type { FindingAction } from '../kinds.ts';
import { changeFindings } from './changes.ts';
import { connectionFindings } from './connections.ts';
import { customerFindings } from './customers.ts';
import type { Definition, Severity } from './definition.ts';
import { integrationFindings } from './integrations.ts';
import { subscriptionFindings } from './subscriptions.ts';
import { watchingFindings } from './watching.ts';

/**
 * What needs a person: every kind stands once in this folder, with its key, its message and its actions. A finding is
 * made by `finding(kind, facts)` and found again by `findingKey(kind, …)`; nobody spells either by hand.
 */
export const findingDefinitions = {
  ...customerFindings,
  ...subscriptionFindings,
  ...integrationFindings,
  ...connectionFindings,
  ...changeFindings,
  ...watchingFindings,
};

export type FindingKind = keyof typeof findingDefinitions;
export type FactsOf<Kind extends FindingKind> =
  (typeof findingDefinitions)[Kind] extends Definition<infer Facts> ? Facts : never;

export interface Finding {
  /** Stable: the same trouble reopens its finding rather than making another. */
  key: string;
  kind: FindingKind;
  /** What findings are grouped by for display: they have one reason. */
  cause: string;
  severity: Severity;
  integrationId: string | null;
  connectionId: string | null;
  importId: string | null;
  /** Ids, names and values: what it is about. */
  subject: Record<string, unknown>;
  message: string;
  actions: FindingAction[];
}

/** `findingKey('ambiguous-write', integrationId, '')` is what all keys of one integration begin with. */
export const findingKey = (kind: FindingKind, ...of: string[]): string => [kind, ...of].join(':');

/** What an answer to it is remembered for; kinds that are not known any more are about subscriptions. */
export const aboutOf = (kind: string): Definition<never>['about'] =>
  (findingDefinitions as Record<string, { about: Definition<never>['about'] }>)[kind]?.about ??
  'subscription';

export function finding<Kind extends FindingKind>(kind: Kind, facts: FactsOf<Kind>): Finding {
  const { severity, actions, key, message, cause } = findingDefinitions[kind] as unknown as Definition<
    FactsOf<Kind>
  >;
  const { importId = null, ...subject } = facts as Record<string, unknown> & { importId?: string };
  const { integrationId = null, connectionId = null } = subject as Record<string, string | undefined>;
  return {
    key: findingKey(kind, ...key(facts)),
    kind,
    cause: cause ? `${kind}:${cause(facts)}` : kind,
    severity,
    integrationId,
    connectionId,
    importId,
    subject,
    message: message(facts),
    actions: [...(typeof actions === 'function' ? actions(facts) : actions)],
  };
}
