import type { ServerDesired } from '@gdcloud/core';
import { isRefused, type Refusal, reasonOf } from './refusal.js';
import type { PlannedState } from './state.js';
import { inOrder, NOTHING, type Plan, step, waits } from './step.js';

/** Bytes of one MiB. */
export const MIB: number = 2 ** 20;
/** How much more than it was left with a guest may have and count as shrunk: what it reports is a sample. */
const TOLERANCE = 1.02;

/** What differs in the size of a server that is off. Pure. */
export function planSize({ record }: PlannedState, desired: ServerDesired): Plan {
  return inOrder(memoryOf(record, desired), processorsOf(record, desired));
}

function memoryOf(record: PlannedState['record'], { ramSizeMb: wanted }: ServerDesired): Plan {
  const ramSizeMb = record.memory_static_max / MIB;
  return ramSizeMb === wanted && record.memory_dynamic_max === record.memory_static_max
    ? NOTHING
    : step('ramSizeMb', wanted, ramSizeMb, { kind: 'resizeMemory' });
}

function processorsOf(record: PlannedState['record'], { cpuCount }: ServerDesired): Plan {
  const { VCPUs_at_startup: atStartup, VCPUs_max: most } = record;
  if (atStartup === cpuCount && most === cpuCount) return NOTHING;
  // XAPI refuses more at startup than at most: raise the limit first, lower it last.
  const limitFirst = cpuCount > most || atStartup === cpuCount;
  const kind = limitFirst ? 'setCpusMax' : 'setCpusAtStartup';
  // Two steps, told apart by what is there before each.
  const actual = atStartup === most ? atStartup : { atStartup, most };
  return step('cpuCount', cpuCount, actual, { kind });
}

/**
 * What differs in the size of a running server: fewer processors and less memory than it was started with can be had
 * live where its guest has tools; anything more takes a start. Pure.
 */
export function planLiveSize(state: PlannedState, desired: ServerDesired): Plan {
  return inOrder(liveMemory(state, desired), liveProcessors(state, desired));
}

function liveMemory(state: PlannedState, { ramSizeMb }: ServerDesired): Plan {
  const field = 'ramSizeMb';
  const { memory_static_max: most, memory_dynamic_max: target } = state.record;
  const wanted = ramSizeMb * MIB;
  if (wanted === target) {
    return memoryNow(state) === ramSizeMb
      ? NOTHING
      : waits(field, 'its guest has not given back the memory yet');
  }
  if (wanted > most) return waits(field, 'it was started with less memory');
  return live(state, state.refusals.memory, field, () =>
    step(field, ramSizeMb, target / MIB, { kind: 'balloon' }),
  );
}

function liveProcessors(state: PlannedState, { cpuCount }: ServerDesired): Plan {
  const field = 'cpuCount';
  const { VCPUs_at_startup: now, VCPUs_max: most } = state.record;
  if (cpuCount === now) return NOTHING;
  if (cpuCount > most) return waits(field, 'it was started with room for fewer processors');
  return live(state, state.refusals.processors, field, () =>
    step(field, cpuCount, now, { kind: 'setCpusLive' }),
  );
}

function live(
  { record, now, guest }: PlannedState,
  refusal: Refusal | undefined,
  field: string,
  change: () => Plan,
): Plan {
  if (guest === undefined) return waits(field, 'its guest has no tools');
  return isRefused(refusal, { domain: record.domid, now })
    ? waits(field, reasonOf(refusal))
    : change();
}

/** The memory that a VM has, in MiB: what it was started with until its guest has given some of it back. Pure. */
export function memoryNow({
  record,
  memoryUsed,
}: Pick<PlannedState, 'record' | 'memoryUsed'>): number {
  const { memory_static_max: most, memory_dynamic_max: target } = record;
  const shrunk = memoryUsed !== undefined && memoryUsed <= target * TOLERANCE;
  return (record.power_state === 'Running' && shrunk ? target : most) / MIB;
}
