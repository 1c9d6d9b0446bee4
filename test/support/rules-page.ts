import { customerRules, otherRules, type Rule, subscriptionRules } from '../../domain/rules.ts';

/** The rule catalogue for people, from `domain/rules.ts`. */
export function rulesPage(): string {
  return `# Rules

Why an item is planned as it is. The first rule that fits decides; an item carries its name in \`rule\`. Generated from
[domain/rules.ts](../domain/rules.ts) by \`npm run docs\`. Rules without an outcome are counted as unchanged.

${part('Customers', customerRules)}
${part('Subscriptions', subscriptionRules)}
${part('Others', otherRules)}`;
}

const part = (title: string, rules: Record<string, Rule>) => `## ${title}

| rule | action | outcome | when it fits, and what follows | said with the item |
|---|---|---|---|---|
${Object.entries(rules).map(row).join('\n')}
`;

const row = ([name, { action, outcome, means, message }]: [string, Rule]) =>
  `| \`${name}\` | ${action ?? ''} | ${outcome ?? ''} | ${means} | ${message ?? ''} |`;
