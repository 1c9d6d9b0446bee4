/** Every table, a family a file: what drizzle-kit makes migrations of, and the row types. */
export * from './schema/access.ts';
export * from './schema/audit.ts';
export * from './schema/changes.ts';
export * from './schema/charges.ts';
export * from './schema/connections.ts';
export * from './schema/findings.ts';
export * from './schema/imports.ts';
export * from './schema/integrations.ts';
export * from './schema/ledger.ts';
export * from './schema/notices.ts';
export * from './schema/people.ts';
export * from './schema/reconciliation.ts';
