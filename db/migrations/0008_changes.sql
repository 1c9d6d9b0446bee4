CREATE TABLE "changes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"integration_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"customer_id" text,
	"subscription_id" text,
	"wanted" jsonb NOT NULL,
	"base" jsonb,
	"seen" jsonb,
	"cost" jsonb NOT NULL,
	"cancel_until" text,
	"state" text NOT NULL,
	"message" text,
	"operation" text,
	"four_eyes" boolean NOT NULL,
	"asked_by" text NOT NULL,
	"asked_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"decided_by" text,
	"decided_at" timestamp with time zone,
	"reason" text,
	"placed_at" timestamp with time zone,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "changes" ADD CONSTRAINT "changes_integration_id_integrations_id_fk" FOREIGN KEY ("integration_id") REFERENCES "public"."integrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "changes" ADD CONSTRAINT "changes_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "changes_unfinished" ON "changes" USING btree ("connection_id","subscription_id") WHERE state in ('waiting', 'approved', 'placing', 'placed', 'ambiguous');--> statement-breakpoint
CREATE INDEX "changes_integration_id_asked_at_index" ON "changes" USING btree ("integration_id","asked_at");--> statement-breakpoint
CREATE INDEX "changes_state_asked_at_index" ON "changes" USING btree ("state","asked_at");