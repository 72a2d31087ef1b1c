/** The environment can't be used. The message has one sentence for each variable that must be mended. */
export class ConfigurationError extends Error {
  constructor(
    readonly sentences: string[],
    options?: ErrorOptions,
  ) {
    super(sentences.join('\n'), options);
    this.name = 'ConfigurationError';
  }
}
