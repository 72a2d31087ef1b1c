/** The actor of everything that nobody asked for. */
export const DRYDOCK = 'drydock';
