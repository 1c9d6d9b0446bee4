import type { Counts } from '../../domain/import.ts';
import type { ImportKind, ImportState, IntegrationMode } from '../../domain/kinds.ts';
import type { Sql } from '../client.ts';
import type { ScheduleSpec } from '../schema.ts';

/** One row per integration: how its last imports ended, and what runs. */
export interface LastImport {
  id: string;
  kind: ImportKind;
  mode: string;
  state: ImportState;
  at: string;
  counts: Counts;
}

export interface IntegrationStanding {
  id: string;
  name: string;
  mode: IntegrationMode;
  schedule: ScheduleSpec | null;
  destinationKind: string;
  destinationSettings: Record<string, unknown>;
  /** The newest ended import of each kind, complete or not, without previews and cancelled ones. */
  last: LastImport[];
  running: { id: string; kind: ImportKind; mode: string; at: string }[];
  openFindings: number;
  /** The source's token, if a person enters it. */
  token: {
    connectionId: string;
    state: 'ok' | 'refreshing' | 'reauth_required';
    daysLeft: number | null;
  } | null;
}

export async function integrationStandings(sql: Sql): Promise<IntegrationStanding[]> {
  return await sql<IntegrationStanding[]>`
    select n.id, n.name, coalesce(n.options ->> 'mode', 'apply') as mode, n.schedule, d.kind as "destinationKind",
      d.settings as "destinationSettings",
      coalesce((select jsonb_agg(jsonb_build_object('id', m.id, 'kind', m.kind, 'mode', m.mode, 'state', m.state,
          'at', m.finished_at, 'counts', m.counts) order by m.kind)
        from unnest(array['customers', 'subscriptions']) k(kind) cross join lateral (
          select * from imports i where i.integration_id = n.id and i.kind = k.kind and i.mode <> 'preview' and i.state not in ('running', 'cancelled')
          order by i.id desc limit 1) m), '[]') as last,
      coalesce((select jsonb_agg(jsonb_build_object('id', i.id, 'kind', i.kind, 'mode', i.mode, 'at', i.started_at) order by i.kind)
        from imports i where i.integration_id = n.id and i.state = 'running'), '[]') as running,
      (select count(*)::int from findings f where f.integration_id = n.id
        and (f.state = 'open' or (f.state = 'muted' and f.muted_until <= now()))) as "openFindings",
      (select jsonb_build_object('connectionId', t.connection_id, 'state', t.state,
          'daysLeft', greatest(0, floor(extract(epoch from t.refresh_expires_at - clock_timestamp()) / 86400))::int)
        from tokens t where t.connection_id = n.source_id and (t.refresh_expires_at is not null or t.state = 'reauth_required')) as token
    from integrations n join connections d on d.id = n.destination_id
    where n.deleted_at is null order by n.name, n.id`;
}
