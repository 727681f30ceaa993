import type { Resource } from '../model/resource.js';
import type { PlacementInput } from '../ports/hooks.js';
import type { Placed, PlacementRequest } from '../ports/reconciler.js';
import type { PassWorld } from './pass-world.js';
import type { LogSubject } from './telemetry/pass-watch.js';

type World = Pick<PassWorld, 'store' | 'hooks' | 'random'>;

/**
 * Filters, weighs, and charges the best that still has room. The charge is a conditional update, so two placements at
 * once can't both have the last of a host; the loser goes on to its next candidate (reference/kernel.md 1.14).
 */
export async function place(
  resource: Resource,
  request: PlacementRequest,
  world: World,
  about?: LogSubject,
): Promise<Placed> {
  const kept = await keepClaim(resource, request, world);
  if (kept !== undefined) return kept;
  const capacities = await world.store.capacities(request.className);
  const eliminated: { name: string; by: string }[] = [];
  const weighed: { input: PlacementInput; weight: number }[] = [];
  for (const candidate of request.candidates) {
    const { total, used } = capacities.get(candidate.holder) ?? { total: 0, used: 0 };
    const input: PlacementInput = {
      resource,
      amount: request.amount,
      candidate,
      free: total - used,
      total,
    };
    const refusal = (
      await world.hooks.run('schedule.filter', input, (output) => output !== undefined, about)
    ).find((answer) => answer.output !== undefined);
    if (refusal?.output !== undefined) {
      eliminated.push({ name: candidate.name, by: `${refusal.hook}: ${refusal.output.message}` });
      continue;
    }
    const answers = await world.hooks.run('schedule.weigh', input, undefined, about);
    const weight = answers.reduce((sum, { output }) => sum + output, 0);
    // A little chance keeps kernels that place at the same moment from all choosing the same host.
    weighed.push({ input, weight: weight + world.random.fraction() * 0.01 });
  }
  for (const { input } of weighed.toSorted((left, right) => right.weight - left.weight)) {
    const { holder, name } = input.candidate;
    if (await world.store.claimCapacity(resource.uuid, holder, request.className, request.amount)) {
      return { kind: 'placed', holder };
    }
    eliminated.push({ name, by: 'taken meanwhile' });
  }
  return { kind: 'nowhere', eliminated };
}

// A pass that died between the charge and its record left the charge behind: it is the placement, and weighing again
// would find its host fuller by that very charge.
async function keepClaim(
  resource: Resource,
  request: PlacementRequest,
  world: World,
): Promise<Placed | undefined> {
  const { className, amount, candidates } = request;
  const claim = await world.store.claimOf(resource.uuid, className);
  if (claim === undefined) return undefined;
  const { holder } = claim;
  const usable = candidates.some((candidate) => candidate.holder === holder);
  if (usable && (await world.store.claimCapacity(resource.uuid, holder, className, amount))) {
    return { kind: 'placed', holder };
  }
  await world.store.releaseCapacity(resource.uuid, className);
  return undefined;
}
