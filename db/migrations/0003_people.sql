CREATE TABLE "agent_mappings" (
	"connection_id" uuid NOT NULL,
	"person_id" text NOT NULL,
	"agent_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "agent_mappings_connection_id_person_id_pk" PRIMARY KEY("connection_id","person_id")
);
--> statement-breakpoint
CREATE TABLE "people" (
	"connection_id" uuid NOT NULL,
	"id" text NOT NULL,
	"name" text NOT NULL,
	"email" text,
	"extension" text,
	CONSTRAINT "people_connection_id_id_pk" PRIMARY KEY("connection_id","id")
);
--> statement-breakpoint
ALTER TABLE "agent_mappings" ADD CONSTRAINT "agent_mappings_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "people" ADD CONSTRAINT "people_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "ledger_history_customer" ON "ledger_history" USING btree ("connection_id",("row" ->> 'customer_id'),"valid_to");