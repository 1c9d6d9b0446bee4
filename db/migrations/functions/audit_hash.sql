-- The same row gives the same text whatever the session's settings: jsonb orders its keys, the instant is UTC.
create or replace function audit_hash(previous text, entry audit) returns text language sql immutable as $$
  select encode(sha256(convert_to(previous || jsonb_build_array(
    entry.seq, to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    entry.actor_kind, entry.actor_name, entry.actor_id, entry.action, entry.target_kind, entry.target_id,
    entry.integration_id, entry.import_id, entry.item_id, entry.before, entry.after)::text, 'UTF8')), 'hex')
$$;
