CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"hash" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"created_by" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "api_keys_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_name" text NOT NULL,
	"actor_id" text,
	"action" text NOT NULL,
	"target_kind" text NOT NULL,
	"target_id" text NOT NULL,
	"integration_id" uuid,
	"import_id" uuid,
	"item_id" uuid,
	"before" jsonb,
	"after" jsonb,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "session_links" (
	"hash" text PRIMARY KEY NOT NULL,
	"key_hash" text NOT NULL,
	"name" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"key_hash" text NOT NULL,
	"name" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "sessions_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
ALTER TABLE "decisions" ADD COLUMN "by" jsonb;--> statement-breakpoint
ALTER TABLE "imports" ADD COLUMN "started_by" jsonb;--> statement-breakpoint
ALTER TABLE "mappings" ADD COLUMN "created_by" jsonb;--> statement-breakpoint
ALTER TABLE "mappings" ADD COLUMN "batch_id" uuid;--> statement-breakpoint
CREATE INDEX "audit_target_kind_target_id_seq_index" ON "audit" USING btree ("target_kind","target_id","seq");--> statement-breakpoint
CREATE INDEX "audit_integration_id_seq_index" ON "audit" USING btree ("integration_id","seq");--> statement-breakpoint
CREATE INDEX "audit_import_id_seq_index" ON "audit" USING btree ("import_id","seq");--> statement-breakpoint
-- The same row gives the same text whatever the session's settings: jsonb orders its keys, the instant is UTC.
create function audit_hash(previous text, entry audit) returns text language sql immutable as $$
  select encode(sha256(convert_to(previous || jsonb_build_array(
    entry.seq, to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    entry.actor_kind, entry.actor_name, entry.actor_id, entry.action, entry.target_kind, entry.target_id,
    entry.integration_id, entry.import_id, entry.item_id, entry.before, entry.after)::text, 'UTF8')), 'hex')
$$;
--> statement-breakpoint
create function audit_chain() returns trigger language plpgsql as $$
declare
  last record;
begin
  -- Held to the end of the transaction: nobody else's entry comes between.
  perform pg_advisory_xact_lock(7483202);
  select seq, hash into last from audit order by seq desc limit 1;
  new.seq := coalesce(last.seq, 0) + 1;
  new.at := clock_timestamp();
  new.hash := audit_hash(coalesce(last.hash, ''), new);
  return new;
end $$;
--> statement-breakpoint
create trigger audit_chained before insert on audit for each row execute function audit_chain();
--> statement-breakpoint
create trigger audit_frozen before update or delete or truncate on audit
  for each statement execute function refuse_change();
