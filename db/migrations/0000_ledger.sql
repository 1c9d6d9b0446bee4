CREATE TABLE "absences" (
	"connection_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"id" text NOT NULL,
	"since" timestamp with time zone NOT NULL,
	CONSTRAINT "absences_connection_id_kind_id_pk" PRIMARY KEY("connection_id","kind","id")
);
--> statement-breakpoint
CREATE TABLE "baselines" (
	"integration_id" uuid NOT NULL,
	"entity" text NOT NULL,
	"external_id" text NOT NULL,
	"record_id" text NOT NULL,
	"source_hash" text,
	"sent" jsonb NOT NULL,
	"returned" jsonb,
	"returned_hash" text,
	"active" boolean DEFAULT true NOT NULL,
	"created_by_us" boolean NOT NULL,
	"import_id" uuid,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "baselines_integration_id_entity_external_id_pk" PRIMARY KEY("integration_id","entity","external_id")
);
--> statement-breakpoint
CREATE TABLE "calls" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"budget_key" text NOT NULL,
	"held_until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "clients" (
	"connection_id" uuid NOT NULL,
	"id" text NOT NULL,
	"hash" text NOT NULL,
	"valid_from" timestamp with time zone DEFAULT now() NOT NULL,
	"name" text NOT NULL,
	"match_key" text NOT NULL,
	"inactive" boolean NOT NULL,
	"top_level_id" text,
	"main_site_id" text,
	CONSTRAINT "clients_connection_id_id_pk" PRIMARY KEY("connection_id","id")
);
--> statement-breakpoint
CREATE TABLE "collection_pages" (
	"collection_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"scope" text NOT NULL,
	"cursor" text NOT NULL,
	"ids" text[] NOT NULL,
	"received" integer NOT NULL,
	"unreadable" integer NOT NULL,
	"nameless" integer NOT NULL,
	CONSTRAINT "collection_pages_collection_id_attempt_scope_cursor_pk" PRIMARY KEY("collection_id","attempt","scope","cursor")
);
--> statement-breakpoint
CREATE TABLE "collection_scopes" (
	"collection_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"scope" text NOT NULL,
	"state" text DEFAULT 'listing' NOT NULL,
	"cursor" text,
	"pages" integer,
	"declared" integer,
	"problem" text,
	CONSTRAINT "collection_scopes_collection_id_attempt_scope_pk" PRIMARY KEY("collection_id","attempt","scope")
);
--> statement-breakpoint
CREATE TABLE "collections" (
	"id" uuid PRIMARY KEY NOT NULL,
	"connection_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"customer_ids" jsonb,
	"state" text NOT NULL,
	"attempt" integer DEFAULT 1 NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	"completeness" jsonb,
	"problem" jsonb
);
--> statement-breakpoint
CREATE TABLE "connections" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"role" text NOT NULL,
	"name" text NOT NULL,
	"settings" jsonb NOT NULL,
	"credentials" text,
	"identity" text,
	"traces" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"last_test" jsonb,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "customers" (
	"connection_id" uuid NOT NULL,
	"id" text NOT NULL,
	"hash" text NOT NULL,
	"valid_from" timestamp with time zone DEFAULT now() NOT NULL,
	"name" text NOT NULL,
	"match_key" text NOT NULL,
	"status" text NOT NULL,
	"own" boolean NOT NULL,
	"email" text,
	"phone" text,
	"domain" text,
	"tenant_id" text,
	"address" jsonb,
	"raw" jsonb NOT NULL,
	CONSTRAINT "customers_connection_id_id_pk" PRIMARY KEY("connection_id","id")
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"integration_id" uuid NOT NULL,
	"entity" text NOT NULL,
	"external_id" text NOT NULL,
	"decision" text NOT NULL,
	"fields" jsonb,
	"reason" text,
	"finding_id" uuid,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "decisions_integration_id_entity_external_id_decision_pk" PRIMARY KEY("integration_id","entity","external_id","decision")
);
--> statement-breakpoint
CREATE TABLE "findings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"kind" text NOT NULL,
	"integration_id" uuid,
	"connection_id" uuid,
	"import_id" uuid,
	"subject" jsonb NOT NULL,
	"message" text NOT NULL,
	"state" text NOT NULL,
	"actions" jsonb NOT NULL,
	"muted_until" timestamp with time zone,
	"resolution" jsonb,
	"opened_at" timestamp with time zone DEFAULT now() NOT NULL,
	"resolved_at" timestamp with time zone,
	CONSTRAINT "findings_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "gates" (
	"budget_key" text PRIMARY KEY NOT NULL,
	"closed_until" timestamp with time zone,
	"strikes" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"key" text PRIMARY KEY NOT NULL,
	"fingerprint" text NOT NULL,
	"import_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "import_events" (
	"import_id" uuid NOT NULL,
	"id" bigint NOT NULL,
	"type" text NOT NULL,
	"data" jsonb NOT NULL,
	CONSTRAINT "import_events_import_id_id_pk" PRIMARY KEY("import_id","id")
);
--> statement-breakpoint
CREATE TABLE "imports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"integration_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"mode" text NOT NULL,
	"trigger" text NOT NULL,
	"customer_ids" jsonb,
	"preview_id" uuid,
	"item_ids" jsonb,
	"collection_id" uuid,
	"run_id" text,
	"state" text NOT NULL,
	"cancelling" boolean DEFAULT false NOT NULL,
	"progress" jsonb NOT NULL,
	"counts" jsonb NOT NULL,
	"completeness" jsonb,
	"problem" jsonb,
	"last_event" bigint DEFAULT 0 NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "integrations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"source_id" uuid NOT NULL,
	"destination_id" uuid NOT NULL,
	"options" jsonb NOT NULL,
	"schedule" jsonb,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "items" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"import_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"action" text NOT NULL,
	"external_id" text NOT NULL,
	"customer_id" text,
	"name" text,
	"record_id" text,
	"client_id" text,
	"rule" text NOT NULL,
	"before" jsonb,
	"after" jsonb,
	"held" jsonb,
	"outcome" text NOT NULL,
	"message" text,
	"write_id" uuid
);
--> statement-breakpoint
CREATE TABLE "ledger_history" (
	"connection_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"id" text NOT NULL,
	"valid_from" timestamp with time zone NOT NULL,
	"valid_to" timestamp with time zone NOT NULL,
	"row" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "licences" (
	"connection_id" uuid NOT NULL,
	"id" text NOT NULL,
	"hash" text NOT NULL,
	"valid_from" timestamp with time zone DEFAULT now() NOT NULL,
	"client_id" text NOT NULL,
	"distributor" text,
	"active" boolean NOT NULL,
	"deleted" boolean NOT NULL,
	"link_id" text,
	"fields" jsonb NOT NULL,
	CONSTRAINT "licences_connection_id_id_pk" PRIMARY KEY("connection_id","id")
);
--> statement-breakpoint
CREATE TABLE "links" (
	"connection_id" uuid NOT NULL,
	"id" text NOT NULL,
	"hash" text NOT NULL,
	"valid_from" timestamp with time zone DEFAULT now() NOT NULL,
	"record_id" text NOT NULL,
	"third_party_id" text NOT NULL,
	"third_party_type" text,
	CONSTRAINT "links_connection_id_id_pk" PRIMARY KEY("connection_id","id")
);
--> statement-breakpoint
CREATE TABLE "mappings" (
	"integration_id" uuid NOT NULL,
	"customer_id" text NOT NULL,
	"client_id" text,
	"origin" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mappings_integration_id_customer_id_pk" PRIMARY KEY("integration_id","customer_id")
);
--> statement-breakpoint
CREATE TABLE "offers" (
	"connection_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"items" jsonb NOT NULL,
	"as_of" timestamp with time zone NOT NULL,
	CONSTRAINT "offers_connection_id_kind_pk" PRIMARY KEY("connection_id","kind")
);
--> statement-breakpoint
CREATE TABLE "quarantine" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"collection_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"external_id" text,
	"problem" text NOT NULL,
	"raw" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "subscriptions" (
	"connection_id" uuid NOT NULL,
	"id" text NOT NULL,
	"hash" text NOT NULL,
	"valid_from" timestamp with time zone DEFAULT now() NOT NULL,
	"customer_id" text NOT NULL,
	"name" text NOT NULL,
	"status" text NOT NULL,
	"status_text" text,
	"quantity" numeric(18, 4),
	"usage" boolean NOT NULL,
	"trial" boolean NOT NULL,
	"unit_cost" numeric(19, 6),
	"unit_price" numeric(19, 6),
	"currency" text,
	"billing_cycle" text,
	"term" text,
	"start_date" text,
	"end_date" text,
	"renewal_date" text,
	"auto_renew" boolean,
	"vendor" text,
	"sku" text,
	"vendor_sku" text,
	"tenant_id" text,
	"raw" jsonb NOT NULL,
	CONSTRAINT "subscriptions_connection_id_id_pk" PRIMARY KEY("connection_id","id")
);
--> statement-breakpoint
CREATE TABLE "token_attempts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"connection_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"begun_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	"outcome" text,
	"message" text
);
--> statement-breakpoint
CREATE TABLE "tokens" (
	"connection_id" uuid PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"state" text NOT NULL,
	"sealed" text NOT NULL,
	"scope" text,
	"access_expires_at" timestamp with time zone NOT NULL,
	"refresh_expires_at" timestamp with time zone,
	"last_rotated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "writes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"import_id" uuid NOT NULL,
	"entity" text NOT NULL,
	"action" text NOT NULL,
	"item_ids" jsonb NOT NULL,
	"state" text NOT NULL,
	"read_backs" integer DEFAULT 0 NOT NULL,
	"read_back_at" timestamp with time zone,
	"message" text,
	"begun_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "baselines" ADD CONSTRAINT "baselines_integration_id_integrations_id_fk" FOREIGN KEY ("integration_id") REFERENCES "public"."integrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "collection_pages" ADD CONSTRAINT "collection_pages_collection_id_collections_id_fk" FOREIGN KEY ("collection_id") REFERENCES "public"."collections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "collection_scopes" ADD CONSTRAINT "collection_scopes_collection_id_collections_id_fk" FOREIGN KEY ("collection_id") REFERENCES "public"."collections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "collections" ADD CONSTRAINT "collections_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_integration_id_integrations_id_fk" FOREIGN KEY ("integration_id") REFERENCES "public"."integrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "import_events" ADD CONSTRAINT "import_events_import_id_imports_id_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "imports" ADD CONSTRAINT "imports_integration_id_integrations_id_fk" FOREIGN KEY ("integration_id") REFERENCES "public"."integrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "integrations" ADD CONSTRAINT "integrations_source_id_connections_id_fk" FOREIGN KEY ("source_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "integrations" ADD CONSTRAINT "integrations_destination_id_connections_id_fk" FOREIGN KEY ("destination_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "items" ADD CONSTRAINT "items_import_id_imports_id_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mappings" ADD CONSTRAINT "mappings_integration_id_integrations_id_fk" FOREIGN KEY ("integration_id") REFERENCES "public"."integrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "offers" ADD CONSTRAINT "offers_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "quarantine" ADD CONSTRAINT "quarantine_collection_id_collections_id_fk" FOREIGN KEY ("collection_id") REFERENCES "public"."collections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "token_attempts" ADD CONSTRAINT "token_attempts_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tokens" ADD CONSTRAINT "tokens_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "writes" ADD CONSTRAINT "writes_import_id_imports_id_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "baselines_integration_id_entity_record_id_index" ON "baselines" USING btree ("integration_id","entity","record_id");--> statement-breakpoint
CREATE INDEX "calls_budget_key_held_until_index" ON "calls" USING btree ("budget_key","held_until");--> statement-breakpoint
CREATE INDEX "clients_connection_id_match_key_index" ON "clients" USING btree ("connection_id","match_key");--> statement-breakpoint
CREATE UNIQUE INDEX "collections_running" ON "collections" USING btree ("connection_id","kind") WHERE state = 'running';--> statement-breakpoint
CREATE INDEX "collections_connection_id_kind_started_at_index" ON "collections" USING btree ("connection_id","kind","started_at");--> statement-breakpoint
CREATE INDEX "customers_connection_id_match_key_index" ON "customers" USING btree ("connection_id","match_key");--> statement-breakpoint
CREATE INDEX "findings_state_opened_at_index" ON "findings" USING btree ("state","opened_at");--> statement-breakpoint
CREATE INDEX "findings_integration_id_index" ON "findings" USING btree ("integration_id");--> statement-breakpoint
CREATE UNIQUE INDEX "imports_unfinished" ON "imports" USING btree ("integration_id","kind") WHERE state = 'running';--> statement-breakpoint
CREATE INDEX "imports_integration_id_started_at_index" ON "imports" USING btree ("integration_id","started_at");--> statement-breakpoint
CREATE UNIQUE INDEX "integrations_pair" ON "integrations" USING btree ("source_id","destination_id") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "items_import_id_seq_index" ON "items" USING btree ("import_id","seq");--> statement-breakpoint
CREATE INDEX "items_planned" ON "items" USING btree ("import_id","seq") WHERE outcome = 'planned';--> statement-breakpoint
CREATE INDEX "ledger_history_connection_id_kind_id_valid_to_index" ON "ledger_history" USING btree ("connection_id","kind","id","valid_to");--> statement-breakpoint
CREATE INDEX "ledger_history_valid_to_index" ON "ledger_history" USING btree ("valid_to");--> statement-breakpoint
CREATE INDEX "links_connection_id_third_party_id_index" ON "links" USING btree ("connection_id","third_party_id");--> statement-breakpoint
CREATE UNIQUE INDEX "mappings_client" ON "mappings" USING btree ("integration_id","client_id");--> statement-breakpoint
CREATE INDEX "quarantine_collection_id_index" ON "quarantine" USING btree ("collection_id");--> statement-breakpoint
CREATE INDEX "subscriptions_connection_id_customer_id_id_index" ON "subscriptions" USING btree ("connection_id","customer_id","id");--> statement-breakpoint
CREATE INDEX "token_attempts_connection_id_begun_at_index" ON "token_attempts" USING btree ("connection_id","begun_at");--> statement-breakpoint
CREATE INDEX "writes_import_id_begun_at_index" ON "writes" USING btree ("import_id","begun_at");