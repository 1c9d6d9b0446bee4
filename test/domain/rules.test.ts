import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { customerRules, otherRules, type Rule, rule, subscriptionRules } from '../../domain/rules.ts';

const all: [string, Rule][] = [customerRules, subscriptionRules, otherRules].flatMap((rules) =>
  Object.entries(rules),
);

test.each(all)(
  '%s says what it means, and when it fits',
  (_, { means, message, outcome, action, writes }) => {
    expect(means).toMatch(/^[A-Z].*\.$/);
    if (message !== null) expect(message).toMatch(/^[A-Z].*\.$/);
    // Whatever is held back says why.
    if (outcome === 'held' || outcome === 'skipped') expect(message).not.toBeNull();
    if (outcome === 'planned') expect(action).not.toBeNull();
    if (writes === 'ending') expect(action).toBe('deactivate');
  },
);

test('the planner names no rule that is not in the catalogue', async () => {
  const names = new Set(all.map(([name]) => name));
  for (const file of ['customers', 'subscriptions', 'subscription-steps', 'guards', 'findings', 'preview']) {
    const source = await readFile(new URL(`../../db/planner/${file}.ts`, import.meta.url), 'utf8');
    for (const [, name] of source.matchAll(/rule (?:=|<>) '(\w+)'/g)) expect(names).toContain(name);
    for (const [, several] of source.matchAll(/rule in \(('[^)]*')\)/g))
      for (const [, name] of several!.matchAll(/'(\w+)'/g)) expect(names).toContain(name);
  }
  expect(rule('compare')).toBe('compare');
});
