import type { Sql, TransactionSql } from 'postgres';
import type { Rule } from '../../domain/rules.ts';

/** How plan statements use the catalogue of rules. */
type Db = Sql | TransactionSql;

/** A `case` that returns rule names: the first that fits decides, and an unknown name does not compile. */
export const firstOf = <Name extends string>(
  sql: Db,
  cases: [when: ReturnType<Db>, rule: Name][],
  otherwise: Name,
) =>
  sql`case ${cases.map(([when, name]) => sql` when ${when} then ${name}::text `)} else ${otherwise}::text end`;

/** The action, outcome and message of every rule, as rows. */
export const catalogue = (sql: Db, rules: Record<string, Rule>) => {
  const rows = Object.entries(rules).map(([name, { action, outcome, writes, message }]) => ({
    rule: name,
    action,
    outcome,
    writes,
    message,
  }));
  return sql`select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
    as r(rule text, action text, outcome text, writes text, message text)`;
};
