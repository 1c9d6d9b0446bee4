/** Workflow, schedule and activity ids. They are readable, so that an operator finds a run by what it does. */
export const taskQueue = 'tributary';
export const namespace = 'default';

export const importWorkflowId = (kind: string, integrationId: string, importId: string) =>
  `import/${kind}/${integrationId}/${importId}`;

export const collectWorkflowId = (kind: string, connectionId: string) => `collect/${kind}/${connectionId}`;

export const syncWorkflowId = (integrationId: string) => `sync/${integrationId}`;

export const tokenWorkflowId = (connectionId: string) => `token/${connectionId}`;

export const changeWorkflowId = (changeId: string) => `change/${changeId}`;

export const chargesWorkflowId = (connectionId: string, month: string) => `charges/${connectionId}/${month}`;

export const noticeWorkflowId = (noticeId: string) => `notice/${noticeId}`;

/** A person's question that needs an outside system: `ask/test/<connection>/<request>`. */
export const askWorkflowId = (what: string, subjectId: string, requestId: string) =>
  `ask/${what}/${subjectId}/${requestId}`;

export const scheduleId = (integrationId: string) => `schedule/${integrationId}`;
export const housekeepingId = 'housekeeping';

/** Activities that recorded histories know under an earlier name keep that name as their type. */
const earlierTypes: Record<string, string> = {
  attachCollection: 'useCollection',
  attachPreviewCollection: 'usePreviewCollection',
  hasAmbiguousWrites: 'hadDoubt',
  resolveDuplicates: 'foldDoubles',
};

export const activityType = (name: string) => earlierTypes[name] ?? name;
