ALTER TABLE "webhooks" ADD COLUMN "idempotency_key" text;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "request_hash" text;--> statement-breakpoint
CREATE UNIQUE INDEX "webhooks_idempotency" ON "webhooks" USING btree ("created_by","idempotency_key") WHERE "webhooks"."idempotency_key" is not null;