import type { Resource } from '../../model/resource.js';
import type { host } from './host.js';

/** What a host means to the servers on it. */
export type Standing =
  /** They stay. */
  | 'usable'
  /** They are to go somewhere else, while they run. */
  | 'evacuating'
  /** Nobody knows what they do: nothing is started elsewhere. */
  | 'unreachable'
  /** An administrator has confirmed that it is off: what was on it does not run any more. */
  | 'fenced';

type Host = Pick<Resource<typeof host>, 'spec' | 'status'>;

/** Where a host stands, by what was last seen of it and what was asked. */
export function standingOf(machine: Host): Standing {
  const { spec, status } = machine;
  if (status.live !== false) return spec.evacuate ? 'evacuating' : 'usable';
  return isFenced(machine) ? 'fenced' : 'unreachable';
}

/**
 * Whether the death of a host is confirmed. A confirmation speaks of one death, by its number: it means nothing any more
 * once the host has answered again, and nothing for its next death.
 */
export function isFenced({ spec, status }: Host): boolean {
  return (
    status.live === false && typeof status.deaths === 'number' && spec.fencedDeath === status.deaths
  );
}
