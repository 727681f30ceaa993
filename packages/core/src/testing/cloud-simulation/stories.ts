import { asUuid, type ExternalId } from '../../model/identity.js';
import { type FaultPlan, noFaults, OneFault } from '../simulator/fault.js';
import {
  aHostDies,
  aLookAtTheScreen,
  allAtOnce,
  aPlugInType,
  apartAndMoved,
  aScreenThatGoes,
  aTicketOfLongAgo,
  copiedOnAShare,
  decisions,
  everyQuestion,
  grownTooLarge,
  howTheyAreApart,
  movedAbout,
  nowhereToGo,
  onTheMove,
  onTwoShares,
  orderlyEnds,
  removedWhileChanged,
  twoSweeps,
  whatWasCarried,
  whyItWaits,
} from './matrix-scenarios.js';
import { NETWORK_SCENARIOS } from './network-scenarios.js';
import { bundles } from './plug-in-type.js';
import { SCENARIOS, type Scenario } from './scenario.js';
import { putAside } from './second-thoughts.js';
import type { SimulationOptions } from './simulation-options.js';
import type { Story } from './story.js';
import type { Troubled } from './troubles.js';

const MINUTE = 60_000;

interface Special extends Partial<Omit<SimulationOptions, 'faults'>> {
  readonly faults?: () => FaultPlan;
}

function story(scenario: Scenario, about: string, special: Special = {}): Story {
  const { faults, ...options } = special;
  return {
    name: `${scenario.name}, ${about}`,
    options: () => ({
      seed: 1,
      scenario,
      kernels: 1,
      troubles: [],
      hooks: 'some',
      rest: 'not watched',
      ...options,
      faults: faults?.() ?? noFaults,
    }),
  };
}

/** What an old backup left behind: objects of resources that no row tells of. One goes as it came. */
function leftOver({ outside, world, onMeddling }: Troubled): void {
  for (const n of [1, 2, 3]) {
    const uuid = asUuid(`019b0000-0000-7000-8000-00000000000${n}`);
    onMeddling(uuid);
    outside.segments.appear(uuid, { hosts: 1 });
  }
  const [gone] = outside.segments.objects.keys();
  world.schedule(world.now + 10 * MINUTE, () => outside.segments.vandalize(gone));
}

/** Appliances count what they carry. */
function counting({ outside }: Troubled): void {
  outside.meters.counting = 'yes';
}

/** The digest of another secret, as when the key was replaced in the configuration. */
function anotherSecret({ database }: Troubled): void {
  database.store.edit((row) =>
    row.type === 'apikey' ? { ...row, spec: { ...row.spec, secretDigest: 'of another' } } : row,
  );
}

/** Strangers take the file of a volume away and restore a server beside itself. */
function lostAndDoubled({ outside, world, onMeddling }: Troubled): void {
  world.schedule(world.now + 8_000, () => {
    const [file] = outside.volumes.objects.values();
    if (file !== undefined) {
      onMeddling(file.uuid);
      outside.volumes.vandalize(file.external);
    }
    const [double] = outside.servers.objects.values();
    if (double !== undefined) {
      onMeddling(double.uuid);
      outside.servers.twin(double.external);
    }
  });
}

/** The share that new disks go to is away for a while. */
function aShareGoes({ outside, world }: Troubled): void {
  const share = outside.backends.at(-1);
  if (share === undefined) return;
  world.schedule(world.now + 6_000, () => {
    share.mode = 'down';
  });
  world.schedule(world.now + 40_000, () => {
    share.mode = 'up';
  });
}

/** The host of the first server that runs. */
function busyHost({ outside }: Troubled): ExternalId | undefined {
  for (const { actual } of outside.servers.objects.values())
    if (actual.host !== undefined) return actual.host;
  return undefined;
}

/** The host that a server runs on stops answering. */
function hostDies(troubled: Troubled): void {
  const { outside, world } = troubled;
  world.schedule(world.now + 25_000, () => {
    const host = busyHost(troubled);
    if (host !== undefined) outside.setHost(host, { live: false });
  });
}

/** No server can be moved as it runs. */
function nothingMoves({ outside }: Troubled): void {
  outside.refuseMove = () => 'it is bound to a device of its host';
}

/** The host that a server is moving to stops answering, and so does the one it comes from, where that is asked. */
function deathOnTheWay(whose: 'target' | 'both'): (troubled: Troubled) => void {
  return (troubled) => {
    const { outside } = troubled;
    outside.refuseMove = (to) => {
      outside.refuseMove = () => undefined;
      const from = busyHost(troubled);
      if (whose === 'both' && from !== undefined) outside.setHost(from, { live: false });
      outside.setHost(to, { live: false });
      return undefined;
    };
  };
}

const [aNetwork, , aServer] = SCENARIOS;
const restored = SCENARIOS.filter(({ name }) => /restored outside of its server/.test(name));

/** What the matrix is told: the stories of every run, and those that lead to what others pass by. */
export const STORIES: readonly Story[] = [
  ...[...SCENARIOS, ...NETWORK_SCENARIOS].flatMap((scenario) => [
    story(scenario, 'by one kernel'),
    story(scenario, 'by two kernels', { kernels: 2 }),
  ]),
  // Its volume leaves in the very moment in which the hypervisor would copy it: in two of five seeds, and one is enough.
  ...restored.flatMap((scenario) =>
    [5, 12, 21, 27].map((seed) => story(scenario, `as it leaves (${seed})`, { seed })),
  ),
  story(everyQuestion, 'by one kernel'),
  story(aPlugInType, 'by one kernel', { tamper: { plugin: bundles } }),
  story(orderlyEnds, 'by one kernel'),
  story(putAside, 'by one kernel', { faultsForMs: 6 * MINUTE }),
  story(removedWhileChanged, 'by one kernel'),
  story(twoSweeps, 'left over from before', { prepare: leftOver, faultsForMs: 20 * MINUTE }),
  story(decisions, 'lost and doubled', { prepare: lostAndDoubled }),
  story(grownTooLarge, 'placed by one that died', {
    kernels: 2,
    faults: () => new OneFault('store.claimCapacity', 1, 'crash-after'),
  }),
  ...['segments.make', 'volumes.make', 'compute.hosts'].map((label) =>
    story(whyItWaits, `${label} is not answered`, {
      faults: () => new OneFault(label, 1, 'hang'),
    }),
  ),
  story(aLookAtTheScreen, 'by one kernel'),
  story(aLookAtTheScreen, 'by two kernels', { kernels: 2 }),
  story(howTheyAreApart, 'by one kernel'),
  story(whatWasCarried, 'by one kernel', { prepare: counting, faultsForMs: 14 * MINUTE }),
  story(whatWasCarried, 'by two kernels', {
    prepare: counting,
    faultsForMs: 14 * MINUTE,
    kernels: 2,
  }),
  story(aTicketOfLongAgo, 'by one kernel', { faultsForMs: 27 * MINUTE }),
  story(aScreenThatGoes, 'by one kernel'),
  story(apartAndMoved, 'by one kernel'),
  story(apartAndMoved, 'by two kernels', { kernels: 2 }),
  story(allAtOnce, 'by one kernel'),
  story(allAtOnce, 'by two kernels', { kernels: 2 }),
  story(nowhereToGo, 'by one kernel'),
  story(onTheMove, 'that can not be moved', { prepare: nothingMoves }),
  story(onTheMove, 'whose target dies', { prepare: deathOnTheWay('target') }),
  story(onTheMove, 'whose target and origin die', { prepare: deathOnTheWay('both') }),
  story(onTwoShares, 'by one kernel'),
  story(onTwoShares, 'one of which goes', { prepare: aShareGoes, kernels: 2 }),
  story(copiedOnAShare, 'by one kernel'),
  story(movedAbout, 'by one kernel'),
  story(movedAbout, 'one share of which goes', { prepare: aShareGoes, kernels: 2 }),
  story(aHostDies, 'by one kernel', { prepare: hostDies }),
  story(aHostDies, 'by two kernels', { prepare: hostDies, kernels: 2 }),
  ...(aNetwork === undefined
    ? []
    : [
        story(aNetwork, 'in an empty cloud', { ground: 'empty' }),
        story(aNetwork, 'with another key', { prepare: anotherSecret }),
      ]),
  ...(aServer === undefined
    ? []
    : [
        story(aServer, 'refused once', { faults: () => new OneFault('servers.make', 1, 'error') }),
        story(aServer, 'placed by one that died', {
          faults: () => new OneFault('store.claimCapacity', 1, 'crash-after'),
        }),
      ]),
];
