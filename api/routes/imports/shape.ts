import type { ImportRow } from '../../../db/imports/imports.ts';
import type { Outlook } from '../../../db/imports/outlook.ts';
import type { ItemRow } from '../../../db/imports/queries.ts';
import { importWorkflowId, namespace as ours } from '../../../temporal/ids.ts';

/** The run's page in the Temporal UI. */
export const runUrl = (uiUrl: string, namespace: string, workflowId: string, runId: string) =>
  `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}/history`;

/** An import as the HTTP contract shows it. */
export function toImport(
  row: ImportRow,
  uiUrl: string | null,
  namespace: string = ours,
  { waitingFor, expectedAt }: Outlook = { waitingFor: null, expectedAt: null },
) {
  const workflowId = importWorkflowId(row.kind, row.integrationId, row.id);
  return {
    id: row.id,
    integrationId: row.integrationId,
    collectionId: row.collectionId,
    previewId: row.previewId,
    kind: row.kind,
    mode: row.mode,
    trigger: row.trigger,
    startedBy: row.startedBy,
    state: row.state,
    startedAt: row.startedAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    progress: {
      ...row.progress,
      waitingFor: waitingFor && { ...waitingFor, until: waitingFor.until?.toISOString() ?? null },
      expectedAt: expectedAt?.toISOString() ?? null,
    },
    counts: row.counts,
    completeness: row.completeness,
    problem: row.problem,
    temporal: {
      workflowId,
      runId: row.runId,
      url: uiUrl && row.runId ? runUrl(uiUrl, namespace, workflowId, row.runId) : null,
    },
  };
}

export const toItem = ({ importId: _, writeId: __, ...item }: ItemRow) => item;
