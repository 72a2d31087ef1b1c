/** Fields that could hold a secret, by their paths in a line of the log. */
export const REDACTED = [
  'authorization',
  '*.authorization',
  '*.headers.authorization',
  'cookie',
  '*.cookie',
  '*.headers.cookie',
  'clientSecret',
  '*.clientSecret',
  'sessionSecrets',
  '*.sessionSecrets',
  'password',
  '*.password',
  '*.apiKey',
  '*.token',
];
