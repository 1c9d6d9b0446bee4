import Table from 'cli-table3';
import { linkMinutes } from '../sign-in-link.ts';
import type { Stack } from '../stack.ts';
import type { Import } from './api.ts';
import { figure } from './progress.ts';
import { differencesOf, type Reconciliation, sentenceOf } from './reconciliation.ts';

export interface Finding {
  id: string;
  kind: string;
  message: string;
}

export interface Outcome {
  /** In the order in which they ran. */
  imports: Import[];
  findings: Finding[];
  reconciliation: Reconciliation;
}

/** What happened, where to see it, and what to do next. */
export function report(
  stack: Stack,
  { imports, findings, reconciliation }: Outcome,
  { took, consoleLink }: { took: string; consoleLink: string },
): string {
  const { apiUrl, apiKey, home, uiUrl } = stack;
  const links = [
    ['Console', `${consoleLink}\n${' '.repeat(21)}signs you in once, within ${linkMinutes} minutes`],
    ['API docs', `${apiUrl}/docs`],
    ...imports.map(({ id, kind }): [string, string] => [kind, `${apiUrl}/v1/imports/${id}`]),
    ...imports.flatMap(({ kind, temporal: { url } }): [string, string][] =>
      url ? [[`${kind} run`, url]] : [],
    ),
    ['Temporal UI', uiUrl ?? 'TEMPORAL_UI_URL is not set'],
    ['API key', apiKey],
    ['Data, logs', home],
  ];
  return `
${tableOf(imports)}

${findingsOf(findings)}

${links.map(([name = '', where]) => `  ${name.padEnd(18)} ${where}`).join('\n')}

  Try the API yourself:
  curl -H 'Authorization: Bearer ${apiKey}' '${apiUrl}/v1/findings?state=open&limit=5'

${differencesOf(reconciliation)}
  ${sentenceOf(reconciliation)}

Finished in ${took}.`;
}

function tableOf(imports: Import[]): string {
  const count = (pick: (row: Import) => number) => imports.map((row) => figure(pick(row)));
  const rows: [string, string[], string][] = [
    ['received', count(({ progress }) => progress.received), 'as ArrowSphere lists them'],
    ['created', count(({ counts }) => counts.created), 'new in HaloPSA'],
    ['updated', count(({ counts }) => counts.updated), ''],
    ['unchanged', count(({ counts }) => counts.unchanged), 'already the same on both sides'],
    ['held', count(({ counts }) => counts.held), 'need a decision: see below'],
    ['skipped', count(({ counts }) => counts.skipped), 'ended already, or customer not mapped'],
    ['failed', count(({ counts }) => counts.failed + counts.quarantined), ''],
    ['calls', count(({ progress }) => progress.calls), 'HTTP requests to HaloPSA'],
    ['seconds', imports.map(seconds), ''],
    ['state', imports.map(({ state }) => state), ''],
  ];
  const table = new Table({
    head: ['', ...imports.map(({ kind }) => kind), ''],
    colAligns: ['left', ...imports.map(() => 'right' as const), 'left'],
    chars: plainLines,
    style: { head: [], border: [], 'padding-left': 1, 'padding-right': 1 },
  });
  for (const [name, values, note] of rows) table.push([name, ...values, note]);
  return table.toString().replace(/ +$/gm, '');
}

/** One rule under the header, none between rows. */
const plainLines = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '',
  'bottom-right': '', left: ' ', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: ' ',
}; // biome-ignore format: a table

function seconds({ startedAt, finishedAt }: Import): string {
  return finishedAt ? ((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000).toFixed(1) : '';
}

/** The number of each kind, with one example. */
function findingsOf(findings: Finding[]): string {
  if (findings.length === 0) return '  No findings are open.';
  const shown = [...new Set(findings.map(({ kind }) => kind))].map((kind) => {
    const all = findings.filter((finding) => finding.kind === kind);
    return `  ${figure(all.length).padStart(5)}  ${kind}\n         e.g. ${all[0]!.message}`;
  });
  return `  What needs a decision (${figure(findings.length)} findings are open):\n${shown.join('\n')}`;
}
