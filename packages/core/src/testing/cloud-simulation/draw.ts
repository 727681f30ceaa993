import { noFaults } from '../simulator/fault.js';
import { SeededRandom } from '../simulator/seeded-random.js';
import { Swarm } from '../simulator/swarm.js';
import { SCENARIOS } from './scenario.js';
import type { SimulationOptions } from './simulation.js';
import { TROUBLES } from './troubles.js';

/** When troubles begin at the latest; virtual milliseconds. Most stories are told by then. */
const TROUBLE_TIME = 4_000;

/** Everything about a run that chance decides, from its seed: the story, the kernels, the faults and the troubles. */
export function draw(seed: number): SimulationOptions {
  const random = new SeededRandom(seed);
  const scenario = random.pick(SCENARIOS);
  const kernels = random.pick([1, 1, 2, 2, 3, 4]);
  const troubles = Array.from({ length: random.pick([0, 0, 1, 2, 4]) }, () => ({
    at: random.below(TROUBLE_TIME),
    trouble: random.pick(TROUBLES),
  }));
  const hooks = random.fraction() < 0.15 ? 'some' : 'none';
  const rest = random.fraction() < 0.05 ? 'watched' : 'not watched';
  // One run in eight meets troubles only: what is late in it can't be blamed on a fault.
  const faults = random.fraction() < 0.125 ? noFaults : new Swarm(random);
  const ground = random.fraction() < 0.05 ? 'empty' : 'at rest';
  return { seed, scenario, kernels, ground, faults, troubles, hooks, rest };
}
