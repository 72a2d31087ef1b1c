/** The one long activity that tells webhooks. */
export interface WebhookActivities {
  /** Writes down what webhooks are to be told, and tells them, again and again. Ends now and then. */
  tellWebhooks(input: { everySeconds: number; shiftSeconds: number }): Promise<void>;
}
