import type { Resource } from '../../model/resource.js';
import type { HookRegistration } from '../../ports/hooks.js';
import type { Outcome, Pass } from '../../ports/reconciler.js';
import { host } from '../host/host.js';
import type { offering } from '../offering/offering.js';
import type { virtualmachine } from './virtualmachine.js';

/** The capacity class that servers are charged in: MiB of memory. Processors are shared and not counted. */
export const MEMORY = 'memoryMb';

/** How long to wait for room before looking again; milliseconds. */
const CAPACITY_PAUSE = 15_000;

type Placed =
  | { readonly kind: 'have'; readonly value: Resource<typeof host> }
  | { readonly kind: 'end'; readonly outcome: Outcome };

/** The host a server is placed on, `known` when it has one; chooses and charges one when it has none. */
export async function placeServer(
  pass: Pass<typeof virtualmachine>,
  size: Resource<typeof offering>,
  known: Resource<typeof host> | undefined,
): Promise<Placed> {
  const { status, generation, observedGeneration } = pass.resource;
  if (known !== undefined) {
    // What it was charged for last is known only of a generation that was reached: others may have ended in between.
    if (observedGeneration === generation && status.ramSizeMb === size.spec.ramSizeMb)
      return { kind: 'have', value: known };
    // What it has is charged until it has given it back: see giveBackMemory.
    const charged = await pass.charged(MEMORY);
    if (charged?.holder === known.uuid && charged.amount >= size.spec.ramSizeMb)
      return { kind: 'have', value: known };
    const fits = await pass.charge(known.uuid, MEMORY, size.spec.ramSizeMb);
    if (fits) return { kind: 'have', value: known };
    const message = `${known.name ?? known.id} has no room for ${size.spec.ramSizeMb} MiB`;
    return {
      kind: 'end',
      outcome: { kind: 'wait', on: 'capacity', afterMs: CAPACITY_PAUSE, message },
    };
  }
  const hosts = await pass.all(host);
  const placed = await pass.place({
    className: MEMORY,
    amount: size.spec.ramSizeMb,
    candidates: hosts.map((candidate) => ({
      holder: candidate.uuid,
      name: candidate.name ?? candidate.id,
      facts: { enabled: candidate.spec.enabled, live: candidate.status.live === true },
    })),
  });
  if (placed.kind === 'nowhere') {
    const why = placed.eliminated.map(({ name, by }) => `${name} (${by})`).join(', ');
    const message = `no host has room for ${size.spec.ramSizeMb} MiB: ${why === '' ? 'there are no hosts' : why}`;
    const details = { eliminated: placed.eliminated.map(({ name, by }) => ({ name, by })) };
    pass.condition({ type: 'Scheduled', status: 'False', reason: 'NoRoom', message, details });
    return {
      kind: 'end',
      outcome: { kind: 'wait', on: 'capacity', afterMs: CAPACITY_PAUSE, message },
    };
  }
  const chosen = hosts.find((candidate) => candidate.uuid === placed.holder);
  if (chosen === undefined)
    throw new Error(`placement chose ${placed.holder}, which was no candidate`);
  pass.relate('hostId', chosen);
  pass.condition({
    type: 'Scheduled',
    status: 'True',
    reason: 'Placed',
    message: `placed on ${chosen.name ?? chosen.id}`,
  });
  pass.note('place', `on ${chosen.name ?? chosen.id}`);
  return { kind: 'have', value: chosen };
}

/** Gives back the memory that a server is charged for and neither has nor is to have any more. */
export async function giveBackMemory(
  pass: Pass<typeof virtualmachine>,
  place: Resource<typeof host>,
  memory: { readonly has: number; readonly wants: number },
): Promise<void> {
  const { status, generation, observedGeneration } = pass.resource;
  // At rest at this very size, it was given back before that was recorded.
  if (observedGeneration === generation && status.ramSizeMb === memory.wants) return;
  const needed = Math.max(memory.has, memory.wants);
  const charged = await pass.charged(MEMORY);
  if (charged !== undefined && charged.amount > needed)
    await pass.charge(place.uuid, MEMORY, needed);
}

/** The built-in hooks of placement: only live, enabled hosts with room; the emptier the better. */
export const PLACEMENT_HOOKS: readonly HookRegistration[] = [
  {
    point: 'schedule.filter',
    name: 'gdcloud/host-is-usable',
    priority: 100,
    run: ({ candidate }) => {
      if (candidate.facts['live'] !== true) return { message: 'not reachable' };
      return candidate.facts['enabled'] === true ? undefined : { message: 'disabled' };
    },
  },
  {
    point: 'schedule.filter',
    name: 'gdcloud/host-has-room',
    priority: 50,
    run: ({ free, amount }) =>
      free >= amount ? undefined : { message: `${free} left of what is needed, ${amount}` },
  },
  {
    point: 'schedule.weigh',
    name: 'gdcloud/spread-by-free-memory',
    run: ({ free, total }) => (total === 0 ? 0 : free / total),
  },
];
