-- The named keys of an object.
create or replace function pick_keys(object jsonb, fields text[]) returns jsonb
  language sql immutable parallel safe
  return (
    select coalesce(jsonb_object_agg(f.key, object -> f.key), '{}')
    from unnest(fields) f(key)
    where object ? f.key
  );
