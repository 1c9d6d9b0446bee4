-- The keys of `wanted` whose value `current` does not have.
create or replace function changed_fields(wanted jsonb, current jsonb) returns text[]
  language sql immutable parallel safe
  return (
    select coalesce(array_agg(w.key order by w.key), '{}')
    from jsonb_each_text(wanted) w
    where comparable(w.key, w.value) is distinct from comparable(w.key, current ->> w.key)
  );
