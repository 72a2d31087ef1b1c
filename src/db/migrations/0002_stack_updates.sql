CREATE TABLE "stack_updates" (
	"stack" text collate "C" NOT NULL,
	"id" text NOT NULL,
	"at" timestamp(6) with time zone NOT NULL,
	CONSTRAINT "stack_updates_stack_id_pk" PRIMARY KEY("stack","id")
);
--> statement-breakpoint
DROP INDEX "stack_objects_off";--> statement-breakpoint
ALTER TABLE "stack_updates" ADD CONSTRAINT "stack_updates_stack_stacks_name_fk" FOREIGN KEY ("stack") REFERENCES "public"."stacks"("name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "stack_updates_at" ON "stack_updates" USING btree ("stack","at");--> statement-breakpoint
CREATE INDEX "stack_objects_off" ON "stack_objects" USING btree ("stack") WHERE "stack_objects"."condition" in ('starting', 'shutting_down') or ("stack_objects"."condition" = 'running' and "stack_objects"."desired" = 'shutdown') or ("stack_objects"."obj_type" in ('launchplan', 'orchestration') and "stack_objects"."condition" in ('shutdown', 'stopped'));