/** The closed vocabularies, each defined once, for tables, API schemas and workflow messages. */

export const importKinds = ['customers', 'subscriptions'] as const;
export type ImportKind = (typeof importKinds)[number];

/** What a distributor is listed for; then what a destination is listed for, its mirror. */
export const mirrorKinds = ['clients', 'licences', 'links'] as const;
export type MirrorKind = (typeof mirrorKinds)[number];
export const listingKinds = [...importKinds, ...mirrorKinds] as const;
export type ListingKind = (typeof listingKinds)[number];

/** What an import may be asked for; with an observe-only integration, `apply` plans and reports but writes nothing. */
export const requestedModes = ['apply', 'preview'] as const;
export const importModes = [...requestedModes, 'observe'] as const;
export type ImportMode = (typeof importModes)[number];

/** `observe`: plan and report, write nothing. `paused`: only previews run. */
export const integrationModes = ['apply', 'observe', 'paused'] as const;
export type IntegrationMode = (typeof integrationModes)[number];

export const importTriggers = ['manual', 'schedule', 'preview', 'change'] as const;
export type ImportTrigger = (typeof importTriggers)[number];

export const importStates = [
  'running', 'failed', 'cancelled', 'incomplete', 'completed_with_errors', 'completed',
] as const; // biome-ignore format: one line
export type ImportState = (typeof importStates)[number];

export const collectionStates = ['running', 'complete', 'incomplete', 'failed', 'cancelled'] as const;
export type CollectionState = (typeof collectionStates)[number];

export const itemActions = ['create', 'update', 'deactivate', 'none'] as const;
export type ItemAction = (typeof itemActions)[number];
/** The outcomes that changed the destination. */
export type WriteAction = Exclude<ItemAction, 'none'>;

export const itemOutcomes = [
  'planned', 'applied', 'held', 'stale', 'skipped', 'failed', 'quarantined',
] as const; // biome-ignore format: one line
export type ItemOutcome = (typeof itemOutcomes)[number];

export const writtenEntities = ['client', 'licence', 'site'] as const;
export type WrittenEntity = (typeof writtenEntities)[number];

export const writeStates = ['intended', 'ambiguous', 'confirmed', 'refused', 'retried'] as const;
export type WriteState = (typeof writeStates)[number];

export const findingStates = ['open', 'muted', 'resolved'] as const;
export type FindingState = (typeof findingStates)[number];

/** The possible answers to a finding. */
export const findingActions = [
  'map', 'create', 'approve', 'reject', 'deactivate', 'dismiss', 'takeOurs', 'keepTheirs',
] as const; // biome-ignore format: one line
export type FindingAction = (typeof findingActions)[number];

/** How an answer is remembered for later plans. */
export const decisions = [
  'approve', 'adopt', 'deactivate', 'keep', 'takeOurs', 'keepTheirs', 'dismiss',
] as const; // biome-ignore format: one line
export type Decision = (typeof decisions)[number];

export const mappingOrigins = ['manual', 'generated', 'uid', 'created'] as const;
export type MappingOrigin = (typeof mappingOrigins)[number];

/** The state of a subscription at the destination of an integration. */
export const subscriptionStates = [
  'in-step', 'differs', 'not-written', 'licence-gone', 'unmapped', 'ended',
] as const; // biome-ignore format: one line
export type SubscriptionState = (typeof subscriptionStates)[number];
