import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** Temporal never encodes these, so they hold ids and kinds only, no names. */
export const integrationKey = defineSearchAttributeKey('TributaryIntegration', SearchAttributeType.KEYWORD);
export const connectionKindKey = defineSearchAttributeKey(
  'TributaryConnectionKind',
  SearchAttributeType.KEYWORD,
);
export const importKindKey = defineSearchAttributeKey('TributaryImportKind', SearchAttributeType.KEYWORD);
export const stateKey = defineSearchAttributeKey('TributaryState', SearchAttributeType.KEYWORD);

/** What a Temporal server must have registered: name and type. */
export const searchAttributes: Record<string, 'Keyword'> = {
  TributaryIntegration: 'Keyword',
  TributaryConnectionKind: 'Keyword',
  TributaryImportKind: 'Keyword',
  TributaryState: 'Keyword',
};
