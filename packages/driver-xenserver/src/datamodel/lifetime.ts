import { notAfter, orderOf, type ReleaseOrder } from './releases.js';

/** The spans of releases in which something was there, oldest first. */
export type Lifetime = readonly {
  readonly since: ReleaseOrder;
  readonly until: ReleaseOrder | undefined;
}[];

/** What something is as of one release. What was removed is still known by name. */
export type Presence = 'unborn' | 'present' | 'removed';

/** Reads a lifetime as the generator writes it: `rio`, `rio..tampa`, `rio..inverness,26.16.1-next`. */
export function parseLifetime(text: string): Lifetime {
  return text.split(',').map((span) => {
    const [since = '', until] = span.split('..');
    return { since: orderOf(since), until: until === undefined ? undefined : orderOf(until) };
  });
}

/** What something with this lifetime is as of a release. */
export function presenceAt(lifetime: Lifetime, release: ReleaseOrder): Presence {
  const span = lifetime.findLast(({ since }) => notAfter(since, release));
  if (span === undefined) return 'unborn';
  return span.until !== undefined && notAfter(span.until, release) ? 'removed' : 'present';
}
