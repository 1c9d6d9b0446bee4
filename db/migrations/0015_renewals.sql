ALTER TABLE "subscriptions" ADD COLUMN "cancel_until" text;--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "renewal_cost" numeric(19, 6);--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "renewal_price" numeric(19, 6);--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "min_quantity" numeric(18, 4);--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "max_quantity" numeric(18, 4);