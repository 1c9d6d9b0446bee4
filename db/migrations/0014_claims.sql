CREATE TABLE "claims" (
	"destination" text NOT NULL,
	"entity" text NOT NULL,
	"key" text NOT NULL,
	"write_id" uuid NOT NULL,
	CONSTRAINT "claims_destination_entity_key_pk" PRIMARY KEY("destination","entity","key")
);
--> statement-breakpoint
ALTER TABLE "claims" ADD CONSTRAINT "claims_write_id_writes_id_fk" FOREIGN KEY ("write_id") REFERENCES "public"."writes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "claims_write_id_index" ON "claims" USING btree ("write_id");