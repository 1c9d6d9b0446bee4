DROP INDEX "changes_unfinished";--> statement-breakpoint
ALTER TABLE "changes" ADD COLUMN "subject" text;--> statement-breakpoint
UPDATE "changes" SET "subject" = coalesce("subscription_id", "id"::text);--> statement-breakpoint
ALTER TABLE "changes" ALTER COLUMN "subject" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "changes" ADD COLUMN "intended_at" timestamp with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "changes_unfinished" ON "changes" USING btree ("connection_id","subject") WHERE state in ('waiting', 'approved', 'placing', 'placed', 'ambiguous');
