CREATE SEQUENCE "public"."orchestration_ranks" INCREMENT BY -1 MINVALUE -9223372036854775808 MAXVALUE -1 START WITH -1 CACHE 1;--> statement-breakpoint
CREATE TABLE "installation" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"namespace_id" uuid,
	CONSTRAINT "installation_only" CHECK ("installation"."only")
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
	"policy_version" integer,
	"freezes_version" integer,
	"freezes_walk" jsonb,
	"windows_until" timestamp(6) with time zone,
	"plan_id" uuid,
	"plan_changes" jsonb,
	"estimate" jsonb,
	"pauses" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"workers" integer,
	"budget_max" integer,
	"revision" integer DEFAULT 0 NOT NULL,
	"observed_revision" integer DEFAULT 0 NOT NULL,
	"observed_queue_revision" integer DEFAULT 0 NOT NULL,
	"told_revision" integer DEFAULT 0 NOT NULL,
	"told_queue_revision" integer DEFAULT 0 NOT NULL,
	"command_chain" text,
	"command_number" integer,
	"created_at" timestamp(6) with time zone NOT NULL,
	"lane" text NOT NULL,
	"rank" bigint DEFAULT 0 NOT NULL,
	"queued_at" timestamp(6) with time zone NOT NULL,
	"turn_at" timestamp(6) with time zone,
	"look_at" timestamp(6) with time zone,
	"updated_at" timestamp(6) with time zone NOT NULL,
	"finished_at" timestamp(6) with time zone
);
--> statement-breakpoint
CREATE TABLE "operations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"orchestration_id" uuid NOT NULL,
	"type" text NOT NULL,
	"position" integer NOT NULL,
	"wave" integer DEFAULT 0 NOT NULL,
	"runtime_id" text NOT NULL,
	"shoot_name" text NOT NULL,
	"global_account_id" text NOT NULL,
	"sub_account_id" text NOT NULL,
	"instance_id" text NOT NULL,
	"service_plan_id" text NOT NULL,
	"service_plan_name" text NOT NULL,
	"region" text NOT NULL,
	"dry_run" boolean NOT NULL,
	"daily_window" jsonb,
	"window_begin" timestamp(6) with time zone,
	"window_end" timestamp(6) with time zone,
	"latest_start" timestamp(6) with time zone,
	"freezes_version" integer,
	"due_at" timestamp(6) with time zone NOT NULL,
	"order_at" timestamp(6) with time zone NOT NULL,
	"missed" integer DEFAULT 0 NOT NULL,
	"not_before" timestamp(6) with time zone,
	"busy_since" timestamp(6) with time zone,
	"state" text NOT NULL,
	"description" text NOT NULL,
	"failure_code" text,
	"is_forgiven" boolean DEFAULT false NOT NULL,
	"attempt" integer NOT NULL,
	"first_attempt" integer DEFAULT 1 NOT NULL,
	"dispatch" integer DEFAULT 1 NOT NULL,
	"claim" text,
	"retry_request_id" text,
	"config" jsonb,
	"baseline_operation_id" text,
	"sent_secrets" text,
	"provisioner_operation_id" text,
	"earlier_operation_id" text,
	"upgraded_at" timestamp(6) with time zone,
	"unhealthy" text,
	"uncertain" text,
	"created_at" timestamp(6) with time zone NOT NULL,
	"updated_at" timestamp(6) with time zone NOT NULL,
	"started_at" timestamp(6) with time zone,
	"finished_at" timestamp(6) with time zone
);
--> statement-breakpoint
CREATE TABLE "waves" (
	"orchestration_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"name" text NOT NULL,
	"size" integer NOT NULL,
	"workers" integer,
	"soak_minutes" double precision NOT NULL,
	"approval" jsonb,
	"budget_max" integer,
	"phase" text NOT NULL,
	"question" integer,
	"asked_at" timestamp(6) with time zone,
	"expires_at" timestamp(6) with time zone,
	"approved_by" text,
	"approved_at" timestamp(6) with time zone,
	"approval_reason" text,
	"is_waived" boolean DEFAULT false NOT NULL,
	"soak_until" timestamp(6) with time zone,
	"looked_to" integer,
	"looks_again_at" timestamp(6) with time zone,
	"looks_until" timestamp(6) with time zone,
	"look_waits" text,
	"queue_revision" integer DEFAULT 0 NOT NULL,
	"opened_at" timestamp(6) with time zone,
	"passed_at" timestamp(6) with time zone,
	CONSTRAINT "waves_orchestration_id_number_pk" PRIMARY KEY("orchestration_id","number")
);
--> statement-breakpoint
CREATE TABLE "queue_control" (
	"revision" integer PRIMARY KEY NOT NULL,
	"is_paused" boolean NOT NULL,
	"changed_by" text NOT NULL,
	"reason" text NOT NULL,
	"changed_at" timestamp(6) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "retry_requests" (
	"id" uuid PRIMARY KEY NOT NULL,
	"orchestration_id" uuid NOT NULL,
	"request_hash" text NOT NULL,
	"retried" uuid[] NOT NULL,
	"old" uuid[] NOT NULL,
	"created_at" timestamp(6) with time zone NOT NULL
);
--> statement-breakpoint
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
CREATE TABLE "maintenance_policies" (
	"version" integer PRIMARY KEY NOT NULL,
	"freezes_since" integer NOT NULL,
	"policy" jsonb NOT NULL,
	"changed_by" text NOT NULL,
	"reason" text NOT NULL,
	"changed_at" timestamp(6) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rollout_plans" (
	"id" uuid PRIMARY KEY NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "rollout_plans_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"type" text NOT NULL,
	"parameters" jsonb NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp(6) with time zone NOT NULL,
	"state" text NOT NULL,
	"failure" text,
	"made_at" timestamp(6) with time zone,
	"plan_hash" text,
	"rules_hash" text,
	"policy_version" integer,
	"windows_until" timestamp(6) with time zone,
	"summary" jsonb
);
--> statement-breakpoint
CREATE TABLE "rollout_plan_operations" (
	"plan_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"runtime_id" text NOT NULL,
	"runtime" jsonb NOT NULL,
	"window_begin" timestamp(6) with time zone,
	"window_end" timestamp(6) with time zone,
	"latest_start" timestamp(6) with time zone,
	"source" jsonb,
	"definition" text NOT NULL,
	"wave" integer NOT NULL,
	"projected_begin" timestamp(6) with time zone,
	"projected_end" timestamp(6) with time zone,
	CONSTRAINT "rollout_plan_operations_plan_id_position_pk" PRIMARY KEY("plan_id","position")
);
--> statement-breakpoint
CREATE TABLE "left_out_shoots" (
	"owner_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"shoot_name" text NOT NULL,
	"runtime_id" text,
	"reason" text NOT NULL,
	CONSTRAINT "left_out_shoots_owner_id_position_pk" PRIMARY KEY("owner_id","position")
);
--> statement-breakpoint
CREATE TABLE "unselected_runtimes" (
	"owner_id" uuid PRIMARY KEY NOT NULL,
	"runtime_ids" text[] NOT NULL
);
--> statement-breakpoint
CREATE TABLE "stack_events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "stack_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"stack" text collate "C" NOT NULL,
	"at" timestamp(6) with time zone NOT NULL,
	"actor" text NOT NULL,
	"kind" text NOT NULL,
	"label" text collate "C",
	"object" text collate "C",
	"from_state" text,
	"to_state" text,
	"reason" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "stack_objects" (
	"stack" text collate "C" NOT NULL,
	"label" text collate "C" NOT NULL,
	"name" text collate "C" NOT NULL,
	"position" integer NOT NULL,
	"obj_type" text NOT NULL,
	"container" text collate "C" NOT NULL,
	"folder" text collate "C" NOT NULL,
	"spec" jsonb NOT NULL,
	"condition" text NOT NULL,
	"condition_at" timestamp(6) with time zone NOT NULL,
	"desired" text NOT NULL,
	"object_id" text,
	"owned" boolean,
	"attributes" jsonb,
	"error" text,
	"failure_code" text,
	"done_for" integer NOT NULL,
	"pending_since" timestamp(6) with time zone,
	CONSTRAINT "stack_objects_stack_label_name_pk" PRIMARY KEY("stack","label","name")
);
--> statement-breakpoint
CREATE TABLE "stack_oplans" (
	"stack" text collate "C" NOT NULL,
	"label" text collate "C" NOT NULL,
	"position" integer NOT NULL,
	"obj_type" text NOT NULL,
	"ha_policy" text NOT NULL,
	"needs" jsonb NOT NULL,
	"digest" text NOT NULL,
	"retired" boolean NOT NULL,
	CONSTRAINT "stack_oplans_stack_label_pk" PRIMARY KEY("stack","label")
);
--> statement-breakpoint
CREATE TABLE "stack_revisions" (
	"revision" uuid PRIMARY KEY NOT NULL,
	"stack" text collate "C" NOT NULL,
	"definition" jsonb NOT NULL,
	"created_at" timestamp(6) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "stack_updates" (
	"stack" text collate "C" NOT NULL,
	"id" text NOT NULL,
	"at" timestamp(6) with time zone NOT NULL,
	CONSTRAINT "stack_updates_stack_id_pk" PRIMARY KEY("stack","id")
);
--> statement-breakpoint
CREATE TABLE "stack_uses" (
	"stack" text collate "C" NOT NULL,
	"instance" text collate "C" NOT NULL,
	"obj_type" text NOT NULL,
	"name" text collate "C" NOT NULL,
	CONSTRAINT "stack_uses_stack_instance_obj_type_name_pk" PRIMARY KEY("stack","instance","obj_type","name")
);
--> statement-breakpoint
CREATE TABLE "stacks" (
	"name" text collate "C" PRIMARY KEY NOT NULL,
	"container" text collate "C" NOT NULL,
	"folder" text collate "C" NOT NULL,
	"definition" jsonb NOT NULL,
	"revision" uuid NOT NULL,
	"status" text NOT NULL,
	"status_at" timestamp(6) with time zone NOT NULL,
	"action" integer NOT NULL,
	"started_at" timestamp(6) with time zone,
	"stop_at" timestamp(6) with time zone,
	"started_for" text,
	"created_by" text NOT NULL,
	"idempotency_key" text,
	"request_hash" text,
	"created_at" timestamp(6) with time zone NOT NULL,
	"updated_at" timestamp(6) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "backup_entries" (
	"backup" uuid NOT NULL,
	"name" text collate "C" NOT NULL,
	"definition" jsonb,
	"status" text NOT NULL,
	"instances" jsonb,
	"reason" text,
	CONSTRAINT "backup_entries_backup_name_pk" PRIMARY KEY("backup","name")
);
--> statement-breakpoint
CREATE TABLE "backups" (
	"id" uuid PRIMARY KEY NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp(6) with time zone NOT NULL,
	"included_count" integer NOT NULL,
	"excluded_count" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "simulated_faults" (
	"obj_type" text NOT NULL,
	"name" text collate "C" NOT NULL,
	"operation" text NOT NULL,
	"message" text,
	"times" integer,
	"latency_ms" integer NOT NULL,
	CONSTRAINT "simulated_faults_obj_type_name_operation_pk" PRIMARY KEY("obj_type","name","operation")
);
--> statement-breakpoint
CREATE TABLE "simulated_journal" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "simulated_journal_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp(6) with time zone NOT NULL,
	"operation" text NOT NULL,
	"obj_type" text NOT NULL,
	"name" text collate "C" NOT NULL,
	"owner" text,
	"object_id" uuid,
	"outcome" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "simulated_objects" (
	"obj_type" text NOT NULL,
	"name" text collate "C" NOT NULL,
	"id" uuid NOT NULL,
	"owner" text,
	"spec" jsonb NOT NULL,
	"goal" text NOT NULL,
	"settled_at" timestamp(6) with time zone NOT NULL,
	"dies_at" timestamp(6) with time zone,
	"refers" text[] NOT NULL,
	"restart_token" text,
	CONSTRAINT "simulated_objects_obj_type_name_pk" PRIMARY KEY("obj_type","name")
);
--> statement-breakpoint
ALTER TABLE "operations" ADD CONSTRAINT "operations_orchestration_id_orchestrations_id_fk" FOREIGN KEY ("orchestration_id") REFERENCES "public"."orchestrations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "waves" ADD CONSTRAINT "waves_orchestration_id_orchestrations_id_fk" FOREIGN KEY ("orchestration_id") REFERENCES "public"."orchestrations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "retry_requests" ADD CONSTRAINT "retry_requests_orchestration_id_orchestrations_id_fk" FOREIGN KEY ("orchestration_id") REFERENCES "public"."orchestrations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rollout_plan_operations" ADD CONSTRAINT "rollout_plan_operations_plan_id_rollout_plans_id_fk" FOREIGN KEY ("plan_id") REFERENCES "public"."rollout_plans"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stack_objects" ADD CONSTRAINT "stack_objects_oplan" FOREIGN KEY ("stack","label") REFERENCES "public"."stack_oplans"("stack","label") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stack_oplans" ADD CONSTRAINT "stack_oplans_stack_stacks_name_fk" FOREIGN KEY ("stack") REFERENCES "public"."stacks"("name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stack_revisions" ADD CONSTRAINT "stack_revisions_stack_stacks_name_fk" FOREIGN KEY ("stack") REFERENCES "public"."stacks"("name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stack_updates" ADD CONSTRAINT "stack_updates_stack_stacks_name_fk" FOREIGN KEY ("stack") REFERENCES "public"."stacks"("name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stack_uses" ADD CONSTRAINT "stack_uses_stack_stacks_name_fk" FOREIGN KEY ("stack") REFERENCES "public"."stacks"("name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "backup_entries" ADD CONSTRAINT "backup_entries_backup_backups_id_fk" FOREIGN KEY ("backup") REFERENCES "public"."backups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "orchestrations_newest" ON "orchestrations" USING btree ("created_at" DESC NULLS FIRST,"seq" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "orchestrations_state" ON "orchestrations" USING btree ("state","created_at" DESC NULLS FIRST,"seq" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "orchestrations_line" ON "orchestrations" USING btree ("lane","rank","queued_at","seq") WHERE "orchestrations"."state" in ('pending', 'retrying', 'in progress');--> statement-breakpoint
CREATE INDEX "orchestrations_unobserved" ON "orchestrations" USING btree ("id") WHERE "orchestrations"."revision" <> "orchestrations"."observed_revision";--> statement-breakpoint
CREATE INDEX "orchestrations_unplanned" ON "orchestrations" USING btree ("plan_id") WHERE "orchestrations"."plan_id" is not null and "orchestrations"."planned_count" is null;--> statement-breakpoint
CREATE INDEX "orchestrations_look" ON "orchestrations" USING btree ("look_at") WHERE "orchestrations"."look_at" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "operations_position" ON "operations" USING btree ("orchestration_id","position");--> statement-breakpoint
CREATE INDEX "operations_plan" ON "operations" USING btree ("orchestration_id","wave","order_at",(-"missed"),"position","due_at") WHERE "operations"."state" in ('pending', 'retrying');--> statement-breakpoint
CREATE INDEX "operations_due" ON "operations" USING btree ("orchestration_id","wave","due_at") WHERE "operations"."state" in ('pending', 'retrying');--> statement-breakpoint
CREATE INDEX "operations_freezes" ON "operations" USING btree ("orchestration_id","freezes_version") WHERE "operations"."state" in ('pending', 'retrying') and "operations"."freezes_version" is not null;--> statement-breakpoint
CREATE INDEX "operations_deferred" ON "operations" USING btree ("orchestration_id","not_before") WHERE "operations"."not_before" is not null;--> statement-breakpoint
CREATE INDEX "operations_unhealthy" ON "operations" USING btree ("orchestration_id","wave") WHERE "operations"."unhealthy" is not null;--> statement-breakpoint
CREATE INDEX "operations_uncertain" ON "operations" USING btree ("orchestration_id","wave","position") WHERE "operations"."uncertain" is not null;--> statement-breakpoint
CREATE INDEX "operations_state" ON "operations" USING btree ("orchestration_id","state","position");--> statement-breakpoint
CREATE INDEX "operations_executing" ON "operations" USING btree ("id") WHERE "operations"."state" = 'in progress';--> statement-breakpoint
CREATE INDEX "operations_runtime" ON "operations" USING btree ("runtime_id","type","created_at" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "retry_requests_orchestration" ON "retry_requests" USING btree ("orchestration_id");--> statement-breakpoint
CREATE INDEX "events_orchestration" ON "events" USING btree ("orchestration_id","id");--> statement-breakpoint
CREATE INDEX "events_operation" ON "events" USING btree ("operation_id","id") WHERE "events"."operation_id" is not null;--> statement-breakpoint
CREATE INDEX "rollout_plans_newest" ON "rollout_plans" USING btree ("created_at" DESC NULLS FIRST,"seq" DESC NULLS FIRST);--> statement-breakpoint
CREATE INDEX "rollout_plans_hash" ON "rollout_plans" USING btree ("plan_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "rollout_plan_operations_runtime" ON "rollout_plan_operations" USING btree ("plan_id","runtime_id");--> statement-breakpoint
CREATE INDEX "left_out_shoots_runtime" ON "left_out_shoots" USING btree ("owner_id","runtime_id");--> statement-breakpoint
CREATE INDEX "stack_events_stack" ON "stack_events" USING btree ("stack","id");--> statement-breakpoint
CREATE INDEX "stack_objects_name" ON "stack_objects" USING btree ("obj_type","name");--> statement-breakpoint
CREATE INDEX "stack_objects_container" ON "stack_objects" USING btree ("obj_type","container","name") WHERE ("stack_objects"."object_id" is not null or "stack_objects"."condition" = 'creating');--> statement-breakpoint
CREATE INDEX "stack_objects_folder" ON "stack_objects" USING btree ("obj_type","folder","name") WHERE ("stack_objects"."object_id" is not null or "stack_objects"."condition" = 'creating');--> statement-breakpoint
CREATE INDEX "stack_objects_off" ON "stack_objects" USING btree ("stack") WHERE "stack_objects"."condition" in ('starting', 'shutting_down') or ("stack_objects"."condition" = 'running' and "stack_objects"."desired" = 'shutdown') or ("stack_objects"."obj_type" in ('launchplan', 'orchestration') and "stack_objects"."condition" in ('shutdown', 'stopped'));--> statement-breakpoint
CREATE INDEX "stack_objects_powered" ON "stack_objects" USING btree ("stack","label","name") WHERE "stack_objects"."obj_type" in ('launchplan', 'orchestration') and "stack_objects"."condition" in ('running', 'shutdown', 'stopped');--> statement-breakpoint
CREATE INDEX "stack_revisions_stack" ON "stack_revisions" USING btree ("stack","created_at");--> statement-breakpoint
CREATE INDEX "stack_updates_at" ON "stack_updates" USING btree ("stack","at");--> statement-breakpoint
CREATE INDEX "stack_uses_object" ON "stack_uses" USING btree ("obj_type","name");--> statement-breakpoint
CREATE INDEX "stacks_container" ON "stacks" USING btree ("container","name","status");--> statement-breakpoint
CREATE INDEX "stacks_folder" ON "stacks" USING btree ("folder","name","status");--> statement-breakpoint
CREATE INDEX "stacks_status" ON "stacks" USING btree ("status","name");--> statement-breakpoint
CREATE INDEX "stacks_unattended" ON "stacks" USING btree ("name") WHERE "stacks"."status" in ('starting', 'shutting_down', 'restarting', 'stopping', 'scheduled') or ("stacks"."stop_at" is not null and "stacks"."status" <> 'stopped');--> statement-breakpoint
CREATE UNIQUE INDEX "stacks_idempotency" ON "stacks" USING btree ("created_by","idempotency_key") WHERE "stacks"."idempotency_key" is not null;--> statement-breakpoint
CREATE INDEX "backup_entries_excluded" ON "backup_entries" USING btree ("backup","name") WHERE "backup_entries"."reason" is not null;--> statement-breakpoint
CREATE INDEX "backups_newest" ON "backups" USING btree ("created_at" DESC NULLS LAST,"id");--> statement-breakpoint
CREATE INDEX "simulated_journal_object" ON "simulated_journal" USING btree ("obj_type","name","operation");--> statement-breakpoint
CREATE INDEX "simulated_objects_refers" ON "simulated_objects" USING gin ("refers");