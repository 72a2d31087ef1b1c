CREATE TABLE "events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"orchestration_id" uuid NOT NULL,
	"operation_id" uuid,
	"at" timestamp(6) with time zone NOT NULL,
	"actor" text NOT NULL,
	"kind" text NOT NULL,
	"from_state" text,
	"to_state" text,
	"reason" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "orchestrations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "orchestrations_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"type" text NOT NULL,
	"state" text NOT NULL,
	"description" text NOT NULL,
	"parameters" jsonb NOT NULL,
	"created_by" text NOT NULL,
	"idempotency_key" text,
	"request_hash" text,
	"planned_count" integer,
	"excluded" jsonb,
	"created_at" timestamp(6) with time zone NOT NULL,
	"updated_at" timestamp(6) with time zone NOT NULL,
	"finished_at" timestamp(6) with time zone
);
--> statement-breakpoint
CREATE TABLE "operations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"orchestration_id" uuid NOT NULL,
	"type" text NOT NULL,
	"position" integer NOT NULL,
	"runtime_id" text NOT NULL,
	"shoot_name" text NOT NULL,
	"global_account_id" text NOT NULL,
	"sub_account_id" text NOT NULL,
	"instance_id" text NOT NULL,
	"service_plan_id" text NOT NULL,
	"service_plan_name" text NOT NULL,
	"region" text NOT NULL,
	"dry_run" boolean NOT NULL,
	"daily_window" jsonb NOT NULL,
	"window_begin" timestamp(6) with time zone,
	"window_end" timestamp(6) with time zone,
	"due_at" timestamp(6) with time zone NOT NULL,
	"not_before" timestamp(6) with time zone,
	"busy_since" timestamp(6) with time zone,
	"state" text NOT NULL,
	"description" text NOT NULL,
	"failure_code" text,
	"attempt" integer NOT NULL,
	"retry_request_id" text,
	"config" jsonb,
	"baseline_operation_id" text,
	"provisioner_operation_id" text,
	"created_at" timestamp(6) with time zone NOT NULL,
	"updated_at" timestamp(6) with time zone NOT NULL,
	"started_at" timestamp(6) with time zone,
	"finished_at" timestamp(6) with time zone
);
--> statement-breakpoint
ALTER TABLE "operations" ADD CONSTRAINT "operations_orchestration_id_orchestrations_id_fk" FOREIGN KEY ("orchestration_id") REFERENCES "public"."orchestrations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "events_orchestration" ON "events" USING btree ("orchestration_id","id");--> statement-breakpoint
CREATE INDEX "events_operation" ON "events" USING btree ("operation_id","id") WHERE "events"."operation_id" is not null;--> statement-breakpoint
CREATE INDEX "orchestrations_newest" ON "orchestrations" USING btree ("created_at" DESC NULLS FIRST,"seq" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "orchestrations_state" ON "orchestrations" USING btree ("state","created_at" DESC NULLS FIRST,"seq" DESC NULLS FIRST);--> statement-breakpoint
CREATE UNIQUE INDEX "orchestrations_idempotency" ON "orchestrations" USING btree ("created_by","idempotency_key") WHERE "orchestrations"."idempotency_key" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "operations_position" ON "operations" USING btree ("orchestration_id","position");--> statement-breakpoint
CREATE INDEX "operations_plan" ON "operations" USING btree ("orchestration_id","due_at","position") WHERE "operations"."state" in ('pending', 'retrying');--> statement-breakpoint
CREATE INDEX "operations_deferred" ON "operations" USING btree ("orchestration_id","not_before") WHERE "operations"."not_before" is not null;--> statement-breakpoint
CREATE INDEX "operations_state" ON "operations" USING btree ("orchestration_id","state","position");--> statement-breakpoint
CREATE INDEX "operations_executing" ON "operations" USING btree ("id") WHERE "operations"."state" = 'in progress';--> statement-breakpoint
CREATE INDEX "operations_runtime" ON "operations" USING btree ("runtime_id","type","created_at" DESC NULLS FIRST);