-- Keeps the names that subscriptions are searched by, beside the rows as they are written.
create or replace function keep_subscription_names() returns trigger language plpgsql as $$
begin
  insert into subscription_names
  select distinct connection_id, left(name, 200) from written w
  where not exists (select 1 from subscription_names k where k.connection_id = w.connection_id and k.name = left(w.name, 200))
  order by 1, 2 on conflict do nothing;
  return null;
end $$;
