CREATE TABLE "charge_documents" (
	"reading_id" uuid NOT NULL,
	"id" text NOT NULL,
	"connection_id" uuid NOT NULL,
	"month" text NOT NULL,
	"problem" text,
	CONSTRAINT "charge_documents_reading_id_id_pk" PRIMARY KEY("reading_id","id")
);
--> statement-breakpoint
CREATE TABLE "charge_months" (
	"connection_id" uuid NOT NULL,
	"month" text NOT NULL,
	"state" text NOT NULL,
	"problem" text,
	"documents" integer NOT NULL,
	"lines" integer NOT NULL,
	"reading_id" uuid NOT NULL,
	"read_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "charge_months_connection_id_month_pk" PRIMARY KEY("connection_id","month")
);
--> statement-breakpoint
CREATE TABLE "charges" (
	"reading_id" uuid NOT NULL,
	"document" text NOT NULL,
	"line" integer NOT NULL,
	"connection_id" uuid NOT NULL,
	"month" text NOT NULL,
	"subscription_id" text,
	"vendor_subscription_id" text,
	"customer_id" text,
	"product" text,
	"quantity" numeric(18, 4),
	"cost" numeric(19, 6) NOT NULL,
	"price" numeric(19, 6),
	"currency" text,
	"charged_from" text,
	"charged_to" text,
	CONSTRAINT "charges_reading_id_document_line_pk" PRIMARY KEY("reading_id","document","line")
);
--> statement-breakpoint
CREATE TABLE "customer_modes" (
	"integration_id" uuid NOT NULL,
	"customer_id" text NOT NULL,
	"mode" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "customer_modes_integration_id_customer_id_pk" PRIMARY KEY("integration_id","customer_id")
);
--> statement-breakpoint
ALTER TABLE "charge_months" ADD CONSTRAINT "charge_months_connection_id_connections_id_fk" FOREIGN KEY ("connection_id") REFERENCES "public"."connections"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "customer_modes" ADD CONSTRAINT "customer_modes_integration_id_integrations_id_fk" FOREIGN KEY ("integration_id") REFERENCES "public"."integrations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "charge_documents_connection_id_month_index" ON "charge_documents" USING btree ("connection_id","month");--> statement-breakpoint
CREATE INDEX "charges_connection_id_month_subscription_id_index" ON "charges" USING btree ("connection_id","month","subscription_id");