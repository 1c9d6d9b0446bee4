import type { FindingAction } from '../kinds.ts';
import { changeFindings } from './changes.ts';
import { connectionFindings } from './connections.ts';
import { customerFindings } from './customers.ts';
import type { Definition, Severity } from './definition.ts';
import { integrationFindings } from './integrations.ts';
import { subscriptionFindings } from './subscriptions.ts';
import { watchingFindings } from './watching.ts';

/**
 * What needs a person. Every kind is defined once in this folder, with its key, message and actions. Findings are
 * created by `finding(kind, facts)` and looked up by `findingKey(kind, …)`; nobody spells either by hand.
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
  /** Stable: if the cause recurs, the same finding is reopened. */
  key: string;
  kind: FindingKind;
  /** Findings with the same cause are grouped for display. */
  cause: string;
  severity: Severity;
  integrationId: string | null;
  connectionId: string | null;
  importId: string | null;
  /** What it is about: ids, names and values. */
  subject: Record<string, unknown>;
  message: string;
  actions: FindingAction[];
}

/** Example: all keys of one integration begin with `findingKey('ambiguous-write', integrationId, '')`. */
export const findingKey = (kind: FindingKind, ...of: string[]): string => [kind, ...of].join(':');

/** What an answer is remembered for; kinds that no longer exist are treated as being about subscriptions. */
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
