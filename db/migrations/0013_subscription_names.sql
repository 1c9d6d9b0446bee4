CREATE TABLE "subscription_names" (
	"connection_id" uuid NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "subscription_names_connection_id_name_pk" PRIMARY KEY("connection_id","name")
);
--> statement-breakpoint
CREATE INDEX "subscriptions_name" ON "subscriptions" USING btree ("connection_id",left(name, 200));--> statement-breakpoint
-- A part of a name is found by its trigrams. Where the server offers no pg_trgm, the names are read one by one.
do $$
begin
  create extension if not exists pg_trgm;
exception when others then
  raise notice 'pg_trgm cannot be created here: %', sqlerrm;
end $$;
--> statement-breakpoint
do $$
begin
  if exists (select 1 from pg_extension where extname = 'pg_trgm') then
    execute format('create index subscription_names_part on subscription_names using gin (name %I.gin_trgm_ops)',
      (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm'));
  end if;
end $$;
--> statement-breakpoint
insert into subscription_names select distinct connection_id, left(name, 200) from subscriptions;
--> statement-breakpoint
-- In the order of names, so that writers of the same names wait for each other and not in a ring.
create function keep_subscription_names() returns trigger language plpgsql as $$
begin
  insert into subscription_names
  select distinct connection_id, left(name, 200) from written w
  where not exists (select 1 from subscription_names k where k.connection_id = w.connection_id and k.name = left(w.name, 200))
  order by 1, 2 on conflict do nothing;
  return null;
end $$;
--> statement-breakpoint
create trigger subscriptions_named after insert on subscriptions referencing new table as written
  for each statement execute function keep_subscription_names();
--> statement-breakpoint
create trigger subscriptions_renamed after update on subscriptions referencing new table as written
  for each statement execute function keep_subscription_names();
