import type { DriverFailure } from '../model/errors.js';
import type { PartRecord } from '../model/resource.js';
import type { Change, DriverTraits, Observation } from '../ports/driver.js';

/** What to do about one outside object. `record` is what the store should hold of it before anything is done. */
export type Decision<A> =
  | { readonly kind: 'settled'; readonly actual: A; readonly record: PartRecord }
  | { readonly kind: 'create'; readonly record: PartRecord }
  | { readonly kind: 'update'; readonly change: Change; readonly record: PartRecord }
  | { readonly kind: 'busy'; readonly record: PartRecord }
  | { readonly kind: 'unavailable'; readonly failure: DriverFailure }
  | { readonly kind: 'stall'; readonly code: string; readonly message: string };

/** What to do about an object that is to go. */
export type Farewell =
  | { readonly kind: 'gone' }
  | { readonly kind: 'delete'; readonly record: PartRecord }
  | { readonly kind: 'busy' }
  | { readonly kind: 'unavailable'; readonly failure: DriverFailure };

/**
 * Decides from what is recorded and what is seen; pure. The rules that make a crash at any point harmless
 * (reference/kernel.md 1.3): a create follows only upon a recorded intent and an observed absence; what is found under
 * our key is adopted; what holds data is never made anew; unknown is never absent.
 */
export function decide<A>(
  record: PartRecord | undefined,
  observation: Observation<A>,
  traits: DriverTraits,
): Decision<A> {
  switch (observation.presence) {
    case 'unknown':
      return { kind: 'unavailable', failure: observation.failure };
    case 'absent':
      return decideAbsent(record, traits);
    case 'present': {
      if (observation.duplicates !== undefined && observation.duplicates.length > 0) {
        const others = observation.duplicates.join(', ');
        return {
          kind: 'stall',
          code: 'DuplicateExternal',
          message: `more than one object outside carries this resource's key: ${observation.external}, ${others}`,
        };
      }
      const adopted = adopt(record, observation);
      if (observation.busy === true) return { kind: 'busy', record: adopted };
      const [change] = observation.changes;
      return change === undefined
        ? { kind: 'settled', actual: observation.actual, record: adopted }
        : { kind: 'update', change, record: adopted };
    }
  }
}

/** Decides about an object that is to go. One that was never intended needs no look: nobody can have made it. */
export function decideFarewell<A>(
  record: PartRecord | undefined,
  observation: Observation<A>,
): Farewell {
  switch (observation.presence) {
    case 'unknown':
      return { kind: 'unavailable', failure: observation.failure };
    case 'absent':
      return { kind: 'gone' };
    case 'present':
      return observation.busy === true
        ? { kind: 'busy' }
        : { kind: 'delete', record: adopt(record, observation) };
  }
}

function decideAbsent<A>(record: PartRecord | undefined, traits: DriverTraits): Decision<A> {
  if (record === undefined) {
    return { kind: 'create', record: { state: 'intent', epoch: 1, external: null, step: 1 } };
  }
  if (record.state === 'intent') return { kind: 'create', record };
  if (traits.dataBearing) {
    return {
      kind: 'stall',
      code: 'ExternalMissing',
      message: `${record.external ?? 'its object'} is missing outside; it held data, so it is not made anew`,
    };
  }
  return {
    kind: 'create',
    record: { state: 'intent', epoch: record.epoch + 1, external: null, step: record.step + 1 },
  };
}

function adopt<A>(
  record: PartRecord | undefined,
  observation: Observation<A> & { readonly presence: 'present' },
): PartRecord {
  const { external } = observation;
  if (record === undefined) return { state: 'recorded', epoch: 1, external, step: 1 };
  if (record.state === 'recorded' && record.external === external) return record;
  return { ...record, state: 'recorded', external, step: record.step + 1 };
}
