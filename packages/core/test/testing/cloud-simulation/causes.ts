import type { Explanation, Plugin } from '@gdcloud/core';
import { noFaults, SCENARIOS, type SimulationOptions, simulate } from '@gdcloud/core/testing';
import type { Outside } from '../../../dist/testing/cloud-simulation/outside.js';
import type { Scenario } from '../../../dist/testing/cloud-simulation/scenario.js';
import type { FaultPlan } from '../../../dist/testing/simulator/fault.js';
import { hooking } from '../../support/hooking.js';

/** Something that goes wrong and stays so, and the words that an explanation of it must have. */
export interface Cause {
  readonly name: string;
  /** In the verdict or the root of at least one explanation. */
  readonly named: RegExp;
  readonly scenario: string;
  readonly befall?: (outside: Outside) => void;
  readonly plugin?: Plugin;
  readonly faults?: FaultPlan;
  readonly ground?: 'empty';
  /** The scenario with something else about it. */
  readonly change?: (scenario: Scenario) => Scenario;
}

const LIFE = 'a server’s whole life';

function refusing(label: string): FaultPlan {
  return { decide: (visit) => (visit.label === label ? 'error' : undefined) };
}

const veto = hooking({
  point: 'before.create',
  name: 'test/maintenance',
  run: () => ({ message: 'closed for maintenance' }),
});

/** Every cause that can be injected and must be found again in what is said. */
export const CAUSES: readonly Cause[] = [
  {
    name: 'the hypervisors do not answer',
    named: /compute/,
    scenario: LIFE,
    befall: ({ compute }) => {
      compute.mode = 'down';
    },
  },
  {
    name: 'the hypervisors can not tell',
    named: /compute/,
    scenario: LIFE,
    befall: ({ compute }) => {
      compute.mode = 'silent';
    },
  },
  {
    name: 'the share does not answer',
    named: /storage/,
    scenario: 'a volume of its own',
    befall: ({ storage }) => {
      storage.mode = 'down';
    },
  },
  {
    name: 'the appliances do not answer',
    named: /network/,
    scenario: 'a network comes and goes',
    befall: ({ network }) => {
      network.mode = 'down';
    },
  },
  {
    name: 'no host has room',
    named: /no host has room|room/,
    scenario: LIFE,
    change: (scenario) => ({ ...scenario, hostMemoryMb: 512 }),
  },
  {
    name: 'a plug-in holds everything back',
    named: /test\/maintenance/,
    scenario: LIFE,
    plugin: veto,
  },
  {
    name: 'the share refuses to make images, in a cloud that is new',
    named: /images: make was refused/,
    scenario: LIFE,
    ground: 'empty',
    // Its users have no accounts yet.
    change: (scenario) => ({
      ...scenario,
      scripts: [{ tenant: 'alice', commands: [{ do: 'pause', ms: 30_000 }] }],
    }),
    faults: refusing('images.make'),
  },
  {
    name: 'the share refuses to make volumes',
    named: /volumes: make was refused/,
    scenario: 'a volume of its own',
    faults: refusing('volumes.make'),
  },
  {
    name: 'the hypervisors refuse to start servers',
    named: /servers: change was refused/,
    scenario: LIFE,
    faults: refusing('servers.change'),
  },
  {
    name: 'the appliances refuse to be made',
    named: /appliances: make was refused/,
    scenario: 'a network comes and goes',
    faults: refusing('appliances.make'),
  },
];

/** What was said while a cause lasted, in one run. */
export async function explanationsOf(cause: Cause, seed: number): Promise<readonly Explanation[]> {
  const told = SCENARIOS.find(({ name }) => name === cause.scenario);
  if (told === undefined) throw new Error(`there is no story called ${cause.scenario}`);
  const options: SimulationOptions = {
    seed,
    scenario: cause.change?.(told) ?? told,
    kernels: 1 + (seed % 3),
    faults: cause.faults ?? noFaults,
    troubles: [],
    ground: cause.ground,
    hooks: 'none',
    rest: 'not watched',
    faultsForMs: 60_000 + 1_000 * (seed % 20),
    prepare: ({ outside }) => cause.befall?.(outside),
    tamper: { plugin: cause.plugin },
  };
  return (await simulate(options)).explanations;
}

/** Whether an explanation names the cause where people and programs look first. */
export function names({ verdict, root }: Explanation, { named }: Cause): boolean {
  return named.test(verdict) || named.test(`${root?.message ?? ''} ${root?.reason ?? ''}`);
}
