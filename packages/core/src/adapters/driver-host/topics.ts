/** Where a driver host listens. */
export function requestsOf(host: string): string {
  return `drivers.${host}.requests`;
}

/** Where a driver host says that it is there, and what was changed outside. */
export function newsOf(host: string): string {
  return `drivers.${host}.news`;
}

/** Where a client of a driver host hears answers. */
export function repliesOf(host: string, client: string): string {
  return `drivers.${host}.replies.${client}`;
}

/** Throws TypeError for what can't be a part of a topic on every bus. */
export function demandHostName(name: string): void {
  if (/^[a-z0-9][a-z0-9_-]{0,62}$/i.test(name)) return;
  throw new TypeError(
    `${name}: a driver host has a name of 1 to 63 letters, digits, hyphens and underscores`,
  );
}
