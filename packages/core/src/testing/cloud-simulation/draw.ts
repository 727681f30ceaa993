import { noFaults } from '../simulator/fault.js';
import { SeededRandom } from '../simulator/seeded-random.js';
import { Swarm } from '../simulator/swarm.js';
import { NETWORK_SCENARIOS } from './network-scenarios.js';
import { SCENARIOS } from './scenario.js';
import { secondThoughts } from './second-thoughts.js';
import type { SimulationOptions } from './simulation-options.js';
import { TROUBLES } from './troubles.js';

/** What tells a second chance of a seed from its first. */
const OTHER_CHANCE = 0x6e65_7477;
/** And from its third. */
const THIRD_CHANCE = 0x7365_636f;

/** When troubles begin at the latest; virtual milliseconds. Most stories are told by then. */
const TROUBLE_TIME = 4_000;

/** Everything about a run that chance decides, from its seed: the story, the kernels, the faults and the troubles. */
export function draw(seed: number): SimulationOptions {
  const random = new SeededRandom(seed);
  const first = random.pick(SCENARIOS);
  const drawnScenario =
    first.seldom === 'yes' && random.fraction() < 0.75 ? random.pick(SCENARIOS) : first;
  // By chance of its own: what all other seeds mean stays as it is.
  const other = new SeededRandom(seed ^ OTHER_CHANCE);
  const known = other.fraction() < 0.15 ? other.pick(NETWORK_SCENARIOS) : drawnScenario;
  const scenario = new SeededRandom(seed ^ THIRD_CHANCE).fraction() < 0.01 ? secondThoughts : known;
  const kernels = random.pick([1, 1, 1, 1, 2, 2, 2, 3, 3, 4]);
  const drawn = Array.from({ length: random.pick([0, 0, 1, 2, 4]) }, () => ({
    at: random.below(TROUBLE_TIME),
    trouble: random.pick(TROUBLES),
  }));
  const hooks = random.fraction() < 0.15 ? 'some' : 'none';
  const rest = random.fraction() < 0.01 ? 'watched' : 'not watched';
  // Of sixteen runs three meet troubles only: what is late in it can't be blamed on a fault.
  const kind = random.fraction();
  const faults = kind < 0.1875 ? noFaults : new Swarm(random);
  // In two of those hints get lost and nothing else goes wrong: then every wait is our own fault.
  const troubles = kind < 0.125 ? [{ at: 0, trouble: 'bus loses hints' as const }] : drawn;
  const ground = random.fraction() < 0.05 ? 'empty' : 'at rest';
  return { seed, scenario, kernels, ground, faults, troubles, hooks, rest };
}
