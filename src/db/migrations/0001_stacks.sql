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
ALTER TABLE "backup_entries" ADD CONSTRAINT "backup_entries_backup_backups_id_fk" FOREIGN KEY ("backup") REFERENCES "public"."backups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stack_objects" ADD CONSTRAINT "stack_objects_oplan" FOREIGN KEY ("stack","label") REFERENCES "public"."stack_oplans"("stack","label") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stack_oplans" ADD CONSTRAINT "stack_oplans_stack_stacks_name_fk" FOREIGN KEY ("stack") REFERENCES "public"."stacks"("name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stack_revisions" ADD CONSTRAINT "stack_revisions_stack_stacks_name_fk" FOREIGN KEY ("stack") REFERENCES "public"."stacks"("name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stack_uses" ADD CONSTRAINT "stack_uses_stack_stacks_name_fk" FOREIGN KEY ("stack") REFERENCES "public"."stacks"("name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "backup_entries_excluded" ON "backup_entries" USING btree ("backup","name") WHERE "backup_entries"."reason" is not null;--> statement-breakpoint
CREATE INDEX "backups_newest" ON "backups" USING btree ("created_at" DESC NULLS LAST,"id");--> statement-breakpoint
CREATE INDEX "stack_events_stack" ON "stack_events" USING btree ("stack","id");--> statement-breakpoint
CREATE INDEX "stack_objects_name" ON "stack_objects" USING btree ("obj_type","name");--> statement-breakpoint
CREATE INDEX "stack_objects_container" ON "stack_objects" USING btree ("obj_type","container","name") WHERE ("stack_objects"."object_id" is not null or "stack_objects"."condition" = 'creating');--> statement-breakpoint
CREATE INDEX "stack_objects_folder" ON "stack_objects" USING btree ("obj_type","folder","name") WHERE ("stack_objects"."object_id" is not null or "stack_objects"."condition" = 'creating');--> statement-breakpoint
CREATE INDEX "stack_objects_off" ON "stack_objects" USING btree ("stack") WHERE "stack_objects"."condition" in ('starting', 'shutting_down') or ("stack_objects"."obj_type" in ('launchplan', 'orchestration') and "stack_objects"."condition" in ('shutdown', 'stopped'));--> statement-breakpoint
CREATE INDEX "stack_objects_powered" ON "stack_objects" USING btree ("stack","label","name") WHERE "stack_objects"."obj_type" in ('launchplan', 'orchestration') and "stack_objects"."condition" in ('running', 'shutdown', 'stopped');--> statement-breakpoint
CREATE INDEX "stack_revisions_stack" ON "stack_revisions" USING btree ("stack","created_at");--> statement-breakpoint
CREATE INDEX "stack_uses_object" ON "stack_uses" USING btree ("obj_type","name");--> statement-breakpoint
CREATE INDEX "stacks_container" ON "stacks" USING btree ("container","name","status");--> statement-breakpoint
CREATE INDEX "stacks_folder" ON "stacks" USING btree ("folder","name","status");--> statement-breakpoint
CREATE INDEX "stacks_status" ON "stacks" USING btree ("status","name");--> statement-breakpoint
CREATE INDEX "stacks_unattended" ON "stacks" USING btree ("name") WHERE "stacks"."status" in ('starting', 'shutting_down', 'restarting', 'stopping', 'scheduled') or ("stacks"."stop_at" is not null and "stacks"."status" <> 'stopped');--> statement-breakpoint
CREATE UNIQUE INDEX "stacks_idempotency" ON "stacks" USING btree ("created_by","idempotency_key") WHERE "stacks"."idempotency_key" is not null;--> statement-breakpoint
CREATE INDEX "simulated_journal_object" ON "simulated_journal" USING btree ("obj_type","name","operation");--> statement-breakpoint
CREATE INDEX "simulated_objects_refers" ON "simulated_objects" USING gin ("refers");