import type { TransactionSql } from 'postgres';
import type { Actor } from '../../domain/actor.ts';
import { aboutOf } from '../../domain/findings/finding.ts';
import type { Decision, FindingAction } from '../../domain/kinds.ts';
import { closeAmbiguous } from '../changes/states.ts';
import { type Mapped, putMapping } from '../integrations/mappings.ts';
import { inIds } from '../sql.ts';
import type { FindingRow } from './findings.ts';

/** What an answer to a finding changes: a mapping, or a decision for later plans. */
export interface Resolution {
  action: FindingAction;
  clientId?: string;
  fields?: string[];
  reason?: string;
}

interface About {
  integrationId: string;
  /** `subscription` or `customer`. */
  entity: string;
  externalId: string;
}

type Effect = (
  tx: TransactionSql,
  finding: FindingRow,
  resolution: Resolution,
  by: Actor,
) => Promise<Mapped | 'no-subject' | 'done'>;

const decide =
  (decision: Decision): Effect =>
  async (tx, finding, { fields, reason }, by) => {
    const ids = externalIds(finding);
    // A person has checked in the distributor's portal: the change is closed, and it may be requested again.
    if (finding.kind === 'change-ambiguous') await closeAmbiguous(tx, String(finding.subject.changeId));
    // Without an integration there are no later plans: only the finding is closed.
    if (!finding.integrationId || aboutOf(finding.kind) === 'nothing') return 'done';
    if (ids.length === 0) return decision === 'dismiss' ? 'done' : 'no-subject';
    const about = { integrationId: finding.integrationId, entity: entityOf(finding) };
    const chosen =
      decision === 'dismiss'
        ? [finding.kind]
        : (fields ?? (finding.subject.fields as string[] | undefined) ?? null);
    for (const externalId of ids)
      await remember(
        tx,
        { ...about, externalId },
        { decision, fields: chosen, reason, findingId: finding.id },
        by,
      );
    return 'done';
  };

interface Remembered {
  decision: Decision;
  /** Of a dismissal: the kinds of findings it answers. null: the whole record. */
  fields: string[] | null;
  reason?: string;
  findingId?: string;
}

/** Fields decided at different times add up; without fields, the decision is about the whole record. */
export async function remember(
  tx: TransactionSql,
  about: About,
  { decision, fields, reason, findingId }: Remembered,
  by: Actor,
): Promise<void> {
  await forgetOpposite(tx, about, decision, fields);
  await tx`
    insert into decisions as d (integration_id, entity, external_id, decision, fields, reason, finding_id, by)
    values (${about.integrationId}, ${about.entity}, ${about.externalId}, ${decision},
      ${fields && JSON.stringify(fields)}::text::jsonb, ${reason ?? null}, ${findingId ?? null}, ${tx.json({ ...by })})
    on conflict (integration_id, entity, external_id, decision) do update set
      fields = case when jsonb_typeof(d.fields) = 'array' and jsonb_typeof(excluded.fields) = 'array'
        then (select jsonb_agg(distinct f) from jsonb_array_elements(d.fields || excluded.fields) f) end,
      reason = excluded.reason, finding_id = excluded.finding_id, by = excluded.by, at = now()`;
}

const map =
  (clientOf: (resolution: Resolution) => string | null): Effect =>
  async (tx, finding, resolution, by) => {
    const [customerId] = externalIds(finding);
    if (!finding.integrationId || !customerId) return 'no-subject';
    const { integrationId } = finding;
    return await putMapping(tx, { integrationId, customerId, clientId: clientOf(resolution) }, by);
  };

/** Answered with `create`, the next import makes a licence. */
const createsLicence = ['ambiguous-write', 'licence-unreadable', 'licence-offered'];

export const effects: Record<FindingAction, Effect> = {
  map: map(({ clientId }) => clientId ?? null),
  create: async (tx, finding, resolution, by) =>
    // The next import creates a held licence; for a customer, its mapping says so.
    createsLicence.includes(finding.kind)
      ? await decide('approve')(tx, finding, resolution, by)
      : await map(() => null)(tx, finding, resolution, by),
  // Of a licence that is offered: that one, and no other.
  approve: async (tx, finding, resolution, by) =>
    finding.kind === 'licence-offered'
      ? await decide('adopt')(tx, finding, { ...resolution, fields: [String(finding.subject.licenceId)] }, by)
      : await decide('approve')(tx, finding, resolution, by),
  reject: decide('keep'),
  deactivate: decide('deactivate'),
  dismiss: decide('dismiss'),
  takeOurs: decide('takeOurs'),
  keepTheirs: decide('keepTheirs'),
};

/** The distributor's ids of its subject: subscriptions, or else the customer. */
export function externalIds({ subject }: FindingRow): string[] {
  const { externalIds: several, externalId, subscriptionId, customerId } = subject;
  if (Array.isArray(several)) return several.map(String);
  const one = externalId ?? subscriptionId ?? customerId;
  return one === undefined || one === null ? [] : [String(one)];
}

/** Whether the subject is a customer or a subscription, as decisions and plans name it. */
export const entityOf = ({ subject, kind }: FindingRow): string =>
  typeof subject.entity === 'string' ? subject.entity : aboutOf(kind);

const fates: Decision[] = ['approve', 'adopt', 'deactivate', 'keep', 'dismiss'];

/** A later decision replaces those it contradicts: one outcome per record, one owner per field. */
async function forgetOpposite(
  tx: TransactionSql,
  about: About,
  decision: Decision,
  fields: string[] | null,
): Promise<void> {
  const rivals = fates.includes(decision)
    ? fates.filter((other) => other !== decision)
    : [decision === 'takeOurs' ? 'keepTheirs' : 'takeOurs'];
  // Without fields, a decision is about the whole record, so its opposite is deleted entirely.
  const kept = fates.includes(decision) ? null : fields;
  const where = tx`integration_id = ${about.integrationId} and entity = ${about.entity}
    and external_id = ${about.externalId} and decision in ${inIds(tx, rivals)}`;
  if (kept)
    await tx`
      update decisions set fields = (select jsonb_agg(f) from jsonb_array_elements(fields) f
        where not ${JSON.stringify(kept)}::text::jsonb @> jsonb_build_array(f))
      where ${where} and fields is not null`;
  await tx`delete from decisions where ${where} ${kept ? tx`and fields is null` : tx``}`;
}
