import type { Definition } from '../../connectors/contract.ts';
import { definitions } from '../../connectors/definitions.ts';
import { type ChangeKind, changeKinds } from '../../domain/change.ts';

/** What each distributor can do, from the connectors' definitions. */
export function distributorsPage(): string {
  const all: Definition[] = definitions.filter(({ role }) => role === 'distributor');
  const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return `# Distributors

What can be asked of each distributor, as far as its public contract goes ([contracts](contracts/)). What is missing is
refused with a sentence. Generated from the connectors' definitions by \`npm run docs\`.

${row(['', ...all.map(({ name }) => name)])}
${row(['---', ...all.map(() => '---')])}
${changeKinds.map((kind) => row([words[kind], ...all.map(({ changes = [] }) => (changes.includes(kind) ? 'yes' : '–'))])).join('\n')}
${row(['needed of a new customer, beside its name', ...all.map(({ customerNeeds = [] }) => customerNeeds.join(', '))])}
`;
}

const words: Record<ChangeKind, string> = {
  quantity: 'seats, as the resulting total',
  'auto-renew': 'renewal by itself, on or off',
  cancel: 'cancel',
  suspend: 'suspend',
  activate: 'resume',
  create: 'a new subscription',
  'create-customer': 'a new customer',
  'update-customer': "a customer's data",
};
