import { asUuid } from '../../model/identity.js';
import { type FaultPlan, noFaults, OneFault } from '../simulator/fault.js';
import {
  all,
  anOrderlyEnd,
  decideAll,
  everythingOf,
  planFor,
  planOfMaking,
  planOfRemoving,
  type Question,
  whoAmI,
  why,
} from './questions.js';
import {
  type Command,
  expect,
  network,
  pause,
  remove,
  SCENARIOS,
  type Scenario,
  server,
  stop,
  wait,
} from './scenario.js';
import type { SimulationOptions } from './simulation.js';
import type { Story } from './story.js';
import type { Troubled } from './troubles.js';

const MINUTE = 60_000;

function story(
  scenario: Scenario,
  special: Partial<Omit<SimulationOptions, 'faults'>> & {
    readonly faults?: () => FaultPlan;
    readonly end?: Story['end'];
  } = {},
): Story {
  const { faults, end, ...options } = special;
  const kernels = options.kernels ?? 1;
  return {
    name: `${scenario.name}, ${kernels === 1 ? 'one kernel' : `${kernels} kernels`}`,
    options: () => ({
      seed: 1,
      scenario,
      kernels,
      troubles: [],
      hooks: 'some',
      rest: 'not watched',
      ...options,
      faults: faults?.() ?? noFaults,
    }),
    end: end ?? 'same',
  };
}

const ask = (question: Question): Command => ({ do: 'ask', question });
const SERVER = { offering: '1gb-1cpu', imageId: '1' } as const;

const questions: Scenario = {
  name: 'every question',
  hosts: 2,
  hostMemoryMb: 2_048,
  scripts: [
    {
      tenant: 'alice',
      commands: [
        network('net'),
        server('vm', 'net'),
        ask(why('vm')),
        wait('vm'),
        ask(everythingOf('vm')),
        ask(all('network')),
        ask(why('vm')),
        ask(planOfMaking('virtualmachine', { ...SERVER, networkId: { ref: 'net' } })),
        ask(planOfMaking('volume', { sizeGb: 3 })),
        ask(
          planFor('vm', (id) => ({ kind: 'update', id, body: { offering: '2gb-2cpu' } })),
        ),
        ask(planFor('vm', (id) => ({ kind: 'act', id, action: 'restart', input: {} }))),
        ask(planFor('vm', (id) => ({ kind: 'remove', id }))),
        { do: 'act', name: 'vm', action: 'reconcile', fields: {} },
      ],
    },
    {
      tenant: 'administrator',
      commands: [
        ask(whoAmI),
        ask(planOfMaking('network', { ipv4Cidr: '10.0.0.0/28', accountId: '2' })),
        ask(planOfMaking('apikey', { name: 'another key' })),
        ask(planOfRemoving('account', '2')),
        { do: 'create', name: 'image', type: 'image', body: { name: 'own', osType: 'linux', bootMode: 'hvm', sizeGb: 2 } },
        wait('image'),
        remove('image'),
      ],
    },
  ],
};

const blocked: Scenario = {
  name: 'why it waits',
  hosts: 1,
  hostMemoryMb: 1_024,
  scripts: [
    {
      tenant: 'alice',
      commands: [network('net'), server('first', 'net'), wait('first'), server('second', 'net'), pause(2_000), ask(why('second')), ask(why('net')), ask(planOfMaking('virtualmachine', { ...SERVER, networkId: { ref: 'net' } })), remove('first')],
    },
  ],
};

const ends: Scenario = {
  name: 'a kernel that is stopped in good order',
  hosts: 1,
  hostMemoryMb: 8_192,
  scripts: [
    { tenant: 'alice', commands: [network('net'), server('vm', 'net'), pause(60), ask(anOrderlyEnd), wait('vm')] },
    { tenant: 'administrator', commands: [ask(anOrderlyEnd)] },
  ],
};

const race: Scenario = {
  name: 'removed while it is changed',
  hosts: 1,
  hostMemoryMb: 8_192,
  scripts: [
    {
      tenant: 'alice',
      commands: ['a', 'b', 'c', 'd'].flatMap((name): Command[] => [network(name), remove(name)]),
    },
    {
      tenant: 'alice',
      commands: ['a', 'b', 'c', 'd'].flatMap((name): Command[] => [
        expect(name),
        ...[1, 2, 3, 4].map((n): Command => ({ do: 'update', name, body: { name: `${name} ${n}` } })),
      ]),
    },
  ],
};

const orphans: Scenario = {
  name: 'objects that nobody owns',
  hosts: 1,
  hostMemoryMb: 8_192,
  scripts: [
    {
      tenant: 'administrator',
      commands: [
        pause(1_000),
        ask(decideAll('orphan', 'quarantine', { disposition: 'quarantine' })),
        pause(16 * MINUTE),
        ask(anOrderlyEnd),
        pause(5_000),
        ask(decideAll('orphan', 'reap', { disposition: 'reap' })),
        pause(5_000),
      ],
    },
  ],
};

// What an old backup left behind: two servers and a disk of resources that no row tells of.
function leftOver({ outside, world, onMeddling }: Troubled): void {
  for (const n of [1, 2, 3]) {
    const uuid = asUuid(`019b0000-0000-7000-8000-00000000000${n}`);
    onMeddling(uuid);
    outside.segments.appear(uuid, { hosts: 1 });
  }
  world.schedule(world.now + 10 * MINUTE, () => outside.segments.vandalize([...outside.segments.objects.keys()].at(-1)));
}

// The digest of another secret, as when the key was replaced in the configuration.
function anotherSecret({ database }: Troubled): void {
  database.store.edit((row) =>
    row.type === 'apikey' ? { ...row, spec: { ...row.spec, secretDigest: 'of another' } } : row,
  );
}

const [first, ...others] = SCENARIOS;
const light = first ?? questions;
const life = SCENARIOS[2] ?? light;

/** What the matrix is told. */
export const STORIES: readonly Story[] = [
  ...SCENARIOS.flatMap((scenario) => [story(scenario), story(scenario, { kernels: 2 })]),
  story({ ...light, name: `${light.name} in an empty cloud` }, { ground: 'empty' }),
  story({ ...light, name: `${light.name} with another key` }, { prepare: anotherSecret }),
  story(questions),
  story(blocked),
  story(ends),
  story(race),
  story(orphans, { prepare: leftOver, faultsForMs: 20 * MINUTE }),
  story(
    { ...life, name: `${life.name}, refused once` },
    { faults: () => new OneFault('servers.make', 1, 'error') },
  ),
  story(
    { ...life, name: `${life.name}, placed by one that died` },
    { faults: () => new OneFault('store.claimCapacity', 1, 'crash-after') },
  ),
];
void stop; void others;
