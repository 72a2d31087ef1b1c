CREATE TABLE "runtimes" (
	"shoot_name" text PRIMARY KEY NOT NULL,
	"runtime_id" text,
	"global_account_id" text NOT NULL,
	"sub_account_id" text NOT NULL,
	"instance_id" text NOT NULL,
	"service_plan_id" text NOT NULL,
	"service_plan_name" text NOT NULL,
	"region" text NOT NULL,
	"provider" text NOT NULL,
	"kubernetes_version" text NOT NULL,
	"machine_type" text NOT NULL,
	"machine_image" text NOT NULL,
	"machine_image_version" text NOT NULL,
	"daily_window" jsonb,
	"left_out" text,
	"standing" text NOT NULL,
	"created_at" timestamp(6) with time zone NOT NULL,
	"deleting_since" timestamp(6) with time zone,
	"changed_at" timestamp(6) with time zone NOT NULL,
	"removed_at" timestamp(6) with time zone
);
--> statement-breakpoint
CREATE TABLE "fleet_reads" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"reading" integer NOT NULL,
	"begun_at" timestamp(6) with time zone NOT NULL,
	"as_of" timestamp(6) with time zone,
	"ended_at" timestamp(6) with time zone,
	"outlook" jsonb,
	"failed_at" timestamp(6) with time zone,
	"failure" text,
	CONSTRAINT "fleet_reads_only" CHECK ("fleet_reads"."only")
);
--> statement-breakpoint
CREATE INDEX "runtimes_listed" ON "runtimes" USING btree ("created_at","shoot_name") WHERE "runtimes"."removed_at" is null and "runtimes"."standing" not in ('suspended', 'stray');--> statement-breakpoint
CREATE INDEX "runtimes_runtime" ON "runtimes" USING btree ("runtime_id");--> statement-breakpoint
CREATE INDEX "runtimes_instance" ON "runtimes" USING btree ("instance_id");--> statement-breakpoint
CREATE INDEX "runtimes_sub_account" ON "runtimes" USING btree ("sub_account_id");--> statement-breakpoint
CREATE INDEX "runtimes_global_account" ON "runtimes" USING btree ("global_account_id");--> statement-breakpoint
CREATE INDEX "runtimes_removed" ON "runtimes" USING btree ("removed_at") WHERE "runtimes"."removed_at" is not null;--> statement-breakpoint
CREATE INDEX "operations_failed" ON "operations" USING btree ("runtime_id") WHERE "operations"."state" in ('failed', 'retrying') and not "operations"."dry_run";--> statement-breakpoint
CREATE INDEX "operations_last" ON "operations" USING btree ("runtime_id","created_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE "operations"."state" not in ('pending', 'canceled') and not "operations"."dry_run";--> statement-breakpoint
CREATE INDEX "operations_installed" ON "operations" USING btree ("runtime_id","finished_at" DESC NULLS FIRST,"orchestration_id") WHERE "operations"."state" = 'succeeded' and "operations"."type" = 'upgradeKyma' and not "operations"."dry_run";