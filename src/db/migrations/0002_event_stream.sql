-- Evaluated anew for each row, by a snapshot of its own: the one of the statement may be older than the lock that it has waited for.
CREATE FUNCTION "stream_place"() RETURNS xid8 LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN greatest(pg_current_xact_id(), (pg_snapshot_xmax(pg_current_snapshot())::text::numeric - 1)::text::xid8);
END
$$;--> statement-breakpoint
-- First a default that is the same for all rows that are there, so that none of them is written.
ALTER TABLE "queue_control" ADD COLUMN "tx" "xid8" DEFAULT pg_current_xact_id() NOT NULL;--> statement-breakpoint
ALTER TABLE "queue_control" ALTER COLUMN "tx" SET DEFAULT stream_place();--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "wave" integer;--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "tx" "xid8" DEFAULT pg_current_xact_id() NOT NULL;--> statement-breakpoint
ALTER TABLE "events" ALTER COLUMN "tx" SET DEFAULT stream_place();--> statement-breakpoint
ALTER TABLE "maintenance_policies" ADD COLUMN "tx" "xid8" DEFAULT pg_current_xact_id() NOT NULL;--> statement-breakpoint
ALTER TABLE "maintenance_policies" ALTER COLUMN "tx" SET DEFAULT stream_place();--> statement-breakpoint
ALTER TABLE "stack_events" ADD COLUMN "tx" "xid8" DEFAULT pg_current_xact_id() NOT NULL;--> statement-breakpoint
ALTER TABLE "stack_events" ALTER COLUMN "tx" SET DEFAULT stream_place();--> statement-breakpoint
CREATE INDEX "events_stream" ON "events" USING btree ("tx","id");--> statement-breakpoint
CREATE INDEX "stack_events_stream" ON "stack_events" USING btree ("tx","id");--> statement-breakpoint
CREATE INDEX "queue_control_stream" ON "queue_control" USING btree ("tx","revision");--> statement-breakpoint
CREATE INDEX "maintenance_policies_stream" ON "maintenance_policies" USING btree ("tx","version");