/** Every export is a workflow type. */
export { applyChange } from './apply-change.ts';
export { generateMappings, refreshOffers, testConnection } from './ask.ts';
export { collect } from './collect.ts';
export { housekeeping } from './housekeeping.ts';
export { importCustomers } from './import-customers.ts';
export { importSubscriptions } from './import-subscriptions.ts';
export { readCharges } from './read-charges.ts';
export { sendNotice, testNotification } from './send-notice.ts';
export { syncIntegration } from './sync-integration.ts';
export { tokenKeeper } from './token-keeper.ts';
