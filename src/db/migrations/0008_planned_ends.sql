CREATE TABLE "planned_ends" (
	"orchestration_id" uuid PRIMARY KEY NOT NULL,
	"line" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "planned_ends" ADD CONSTRAINT "planned_ends_orchestration_id_orchestrations_id_fk" FOREIGN KEY ("orchestration_id") REFERENCES "public"."orchestrations"("id") ON DELETE cascade ON UPDATE no action;