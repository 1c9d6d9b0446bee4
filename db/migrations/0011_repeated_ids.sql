ALTER TABLE "collection_pages" ADD COLUMN "waiting" jsonb;--> statement-breakpoint
ALTER TABLE "collections" ADD COLUMN "repeated" jsonb DEFAULT '[]'::jsonb NOT NULL;