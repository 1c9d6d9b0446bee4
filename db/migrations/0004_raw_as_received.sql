ALTER TABLE "customers" ALTER COLUMN "raw" SET DATA TYPE json;--> statement-breakpoint
ALTER TABLE "subscriptions" ALTER COLUMN "raw" SET DATA TYPE json;