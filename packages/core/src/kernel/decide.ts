import type { DriverFailure } from '../model/errors.js';
import type { ExternalId } from '../model/identity.js';
import type { Repair } from '../model/repair.js';
import type { PartRecord } from '../model/resource.js';
import { type Stall, stall } from '../model/stall.js';
import type { Change, DriverTraits, DuplicateObject, Observation } from '../ports/driver.js';

/** What to do about one outside object. `record` is what the store should hold of it before anything is done. */
export type Decision<A> =
  | { readonly kind: 'settled'; readonly actual: A; readonly record: PartRecord }
  | { readonly kind: 'create'; readonly record: PartRecord }
  | { readonly kind: 'update'; readonly change: Change; readonly record: PartRecord }
  /** Destroy `extra`, a further object under the key of this part, and nothing else. */
  | { readonly kind: 'discard'; readonly extra: ExternalId; readonly record: PartRecord }
  | { readonly kind: 'busy'; readonly record: PartRecord }
  | { readonly kind: 'unavailable'; readonly failure: DriverFailure }
  | StalledPart;

/** A part that needs a person. What was seen of it is recorded, so that a removal looks for it. */
export interface StalledPart extends Stall {
  readonly record: PartRecord;
}

/** What to do about an object that is to go. */
export type Farewell =
  | { readonly kind: 'gone' }
  | { readonly kind: 'delete'; readonly record: PartRecord }
  | { readonly kind: 'busy' }
  | { readonly kind: 'unavailable'; readonly failure: DriverFailure };

/** A part, and what people decided about the objects of its resource. */
export interface PartDecisions {
  readonly part: string;
  readonly repairs: readonly Repair[];
}

/**
 * Decides from what is recorded, what is seen and what people decided; pure. The rules that make a crash at any point
 * harmless (reference/kernel.md 1.3): a create follows only upon a recorded intent and an observed absence; what is
 * found under our key is adopted; what holds data is never made anew or destroyed unless somebody asked for that;
 * unknown is never absent.
 */
export function decide<A>(
  record: PartRecord | undefined,
  observation: Observation<A>,
  traits: DriverTraits,
  decisions: PartDecisions = { part: 'its object', repairs: [] },
): Decision<A> {
  switch (observation.presence) {
    case 'unknown':
      return { kind: 'unavailable', failure: observation.failure };
    case 'absent':
      return decideAbsent(record, traits, decisions);
    case 'present': {
      const duplicates = observation.duplicates ?? [];
      if (duplicates.length > 0)
        return decideAmong(record, observation.external, duplicates, traits, decisions);
      const adopted = spent(decisions, adopt(record, observation.external));
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
        : { kind: 'delete', record: adopt(record, observation.external) };
  }
}

const FIRST: PartRecord = { state: 'intent', epoch: 1, external: null, step: 1 };

function decideAbsent<A>(
  record: PartRecord | undefined,
  traits: DriverTraits,
  decisions: PartDecisions,
): Decision<A> {
  if (record === undefined) return { kind: 'create', record: FIRST };
  if (record.state === 'intent') return { kind: 'create', record };
  if (traits.dataBearing && !mayRecreate(record, decisions)) {
    const message = `${record.external ?? 'its object'} is missing outside; it held data, so it is not made anew`;
    return { ...stall('ExternalMissing', message, { details: { part: decisions.part } }), record };
  }
  return {
    kind: 'create',
    record: {
      ...record,
      state: 'intent',
      epoch: record.epoch + 1,
      external: null,
      step: record.step + 1,
    },
  };
}

function mayRecreate(record: PartRecord, { part, repairs }: PartDecisions): boolean {
  return repairs.some(
    (repair) =>
      repair.kind === 'recreate' &&
      repair.part === part &&
      repair.epoch === record.epoch &&
      repair.step === record.step,
  );
}

// What came back by itself is not to be made anew: the next time it goes missing is another one.
function spent(decisions: PartDecisions, record: PartRecord): PartRecord {
  return mayRecreate(record, decisions) ? { ...record, step: record.step + 1 } : record;
}

// One extra a pass. Until the last of them is gone nothing new is recorded: a driver that knows the external id may
// look no further, and would not show the others any more.
function decideAmong<A>(
  record: PartRecord | undefined,
  picked: ExternalId,
  duplicates: readonly DuplicateObject[],
  traits: DriverTraits,
  { part, repairs }: PartDecisions,
): Decision<A> {
  const found: readonly DuplicateObject[] = [{ external: picked, used: 'maybe' }, ...duplicates];
  const has = (external: ExternalId | null | undefined): external is ExternalId =>
    found.some((object) => object.external === external);
  const asked = repairs.find((repair) => repair.kind === 'keep' && repair.part === part);
  const wanted = asked?.kind === 'keep' ? asked.external : undefined;
  const kept = has(wanted) ? wanted : has(record?.external) ? record.external : picked;
  const extras = found.filter(({ external }) => external !== kept);
  const doomed = has(wanted)
    ? extras[0]
    : traits.dataBearing
      ? undefined
      : extras.find(({ used }) => used === 'never');
  if (doomed !== undefined)
    return { kind: 'discard', extra: doomed.external, record: record ?? FIRST };
  const externals = found.map(({ external }) => external);
  const message = `more than one object outside carries the key of its ${part}: ${externals.join(', ')}`;
  return {
    ...stall('DuplicateExternal', message, { details: { part, externals } }),
    record: record ?? FIRST,
  };
}

function adopt(record: PartRecord | undefined, external: ExternalId): PartRecord {
  if (record === undefined) return { state: 'recorded', epoch: 1, external, step: 1 };
  if (record.state === 'recorded' && record.external === external) return record;
  return { ...record, state: 'recorded', external, step: record.step + 1 };
}
