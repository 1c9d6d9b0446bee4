ALTER TABLE "findings" ADD COLUMN "cause" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "findings" ADD COLUMN "severity" text DEFAULT 'warning' NOT NULL;--> statement-breakpoint
update findings set cause = kind;--> statement-breakpoint
update findings set key = replace(key, '/', ':') where kind in ('token-expiring', 'reauth-required');--> statement-breakpoint
delete from decisions where decision in ('deactivate', 'recreate');--> statement-breakpoint
alter function only_fields(jsonb, text[]) rename to pick_keys;--> statement-breakpoint
alter function licence_of(subscriptions, text, text, text) rename to subscription_to_licence;
