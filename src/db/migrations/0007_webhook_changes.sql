CREATE TABLE "webhook_changes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "webhook_changes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"webhook_id" uuid NOT NULL,
	"description" text NOT NULL,
	"at" timestamp(6) with time zone NOT NULL,
	"actor" text NOT NULL,
	"kind" text NOT NULL,
	"reason" text NOT NULL,
	"tx" "xid8" DEFAULT stream_place() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "webhook_changes_time" ON "webhook_changes" USING btree ("at","id","actor");--> statement-breakpoint
CREATE INDEX "webhook_changes_stream" ON "webhook_changes" USING btree ("tx","id");