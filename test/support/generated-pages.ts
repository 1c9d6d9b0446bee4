import { distributorsPage } from './distributors-page.ts';
import { messagesPage } from './messages.ts';
import { rulesPage } from './rules-page.ts';
import { sources } from './sources.ts';

/** The pages of docs/ that are generated: path → text. */
export function generatedPages(): Map<string, string> {
  return new Map([
    ['docs/distributors.md', distributorsPage()],
    ['docs/messages.md', messagesPage(sources())],
    ['docs/rules.md', rulesPage()],
  ]);
}
