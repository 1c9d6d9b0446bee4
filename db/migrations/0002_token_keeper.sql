ALTER TABLE "tokens" ADD COLUMN "entered_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "tokens" ADD COLUMN "problem" text;--> statement-breakpoint
ALTER TABLE "tokens" ADD COLUMN "renewer" uuid;--> statement-breakpoint
ALTER TABLE "tokens" ADD COLUMN "renewing_until" timestamp with time zone;