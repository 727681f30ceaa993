import type { Command, Scenario } from '../../../dist/testing/cloud-simulation/scenario.js';

/** A story of one user who has one host to herself. Its memory is more than her servers need, unless it is said. */
export function alone(name: string, commands: readonly Command[], hostMemoryMb = 8_192): Scenario {
  return { name, hosts: 1, hostMemoryMb, scripts: [{ tenant: 'alice', commands }] };
}
