/** Names that people give to parts of a rollout, in requests and settings. */
export const SHORT_NAME = /^[a-z0-9-]{1,40}$/;
export const SHORT_NAME_ERROR = 'must consist of 1 to 40 lower case letters, digits and "-"';
