/** The API's own shapes, as types only: nothing of the server comes into the browser. */

export type { ApiKey, NewApiKey } from '../../../api/routes/api-keys.ts';
export type { AuditChain, AuditEntry } from '../../../api/routes/audit.ts';
export type { Change, ChangeEstimate } from '../../../api/routes/changes/schemas.ts';
export type { Connection, TestReport } from '../../../api/routes/connections/connections.ts';
export type { Token } from '../../../api/routes/connections/token.ts';
export type { Connector } from '../../../api/routes/connectors.ts';
export type { Finding } from '../../../api/routes/findings.ts';
export type { ItemChoice, ItemGroups } from '../../../api/routes/imports/imports.ts';
export type { Import, Item } from '../../../api/routes/imports/schemas.ts';
export type { Integration } from '../../../api/routes/integrations.ts';
export type { Mapping } from '../../../api/routes/mappings/mappings.ts';
export type { GeneratedMappings, MappingSuggestion } from '../../../api/routes/mappings/proposals.ts';
export type { MappingDifferences } from '../../../api/routes/mappings/table.ts';
export type {
  Delivery,
  Notification,
  NotificationTest,
} from '../../../api/routes/notifications/notifications.ts';

export type { Attention, Overview, Standing } from '../../../api/routes/overview.ts';
export type { AgentMapping, Person } from '../../../api/routes/people/people.ts';
export type {
  FrozenStatement,
  ReconciliationAnswer,
  StatementLine,
} from '../../../api/routes/reconciliation.ts';
export type { RenewalAnswer, RenewalDayAnswer } from '../../../api/routes/renewals.ts';
export type { Schedule } from '../../../api/routes/schedules.ts';
export type { Session } from '../../../api/routes/sessions.ts';
export type { Settings } from '../../../api/routes/settings.ts';
export type { SubscriptionDetail } from '../../../api/routes/subscriptions/detail.ts';
export type { SubscriptionLineAnswer as SubscriptionLine } from '../../../api/routes/subscriptions/list.ts';
