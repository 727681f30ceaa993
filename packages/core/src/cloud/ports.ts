import { int } from '../model/field.js';

/** The protocols that have ports. */
export const PORT_PROTOCOLS = ['tcp', 'udp'] as const;

/** What is said of every field that is a port. */
export const PORT = { min: 1, max: 65_535 } as const;

/** A port that has to be given. */
export const requiredPort = (description: string) => int({ ...PORT, description, required: true });

/** A port that may be left out. */
export const optionalPort = (description: string) => int({ ...PORT, description });

/** The last port of several, which may be left out where there is only one. */
export const lastPort = (description: string, first: string) =>
  int({ ...PORT, description, atLeast: first });
