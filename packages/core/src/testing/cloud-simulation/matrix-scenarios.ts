import {
  all,
  anOrderlyEnd,
  bundleUp,
  everythingOf,
  limitTo,
  lookAtAll,
  planFor,
  planOfMaking,
  planOfRemoving,
  type Question,
  repairAll,
  whoAmI,
  why,
} from './questions.js';
import {
  type Command,
  expect,
  network,
  pause,
  remove,
  type Scenario,
  server,
  wait,
} from './scenario.js';

const MINUTE = 60_000;
const ROOM = { hosts: 1, hostMemoryMb: 8_192 } as const;
const SERVER = { offering: '1gb-1cpu', imageId: '1', networkId: { ref: 'net' } } as const;

const ask = (question: Question): Command => ({ do: 'ask', question });
const look = (name: string): Command => ({ do: 'act', name, action: 'reconcile', fields: {} });
const volume = (name: string): Command => ({
  do: 'create',
  name,
  type: 'volume',
  body: { sizeGb: 2 },
});

/** Everything that can be read and planned. */
export const everyQuestion: Scenario = {
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
        ask(planOfMaking('virtualmachine', SERVER)),
        ask(planOfMaking('volume', { sizeGb: 3 })),
        ask(planFor('vm', (id) => ({ kind: 'update', id, body: { offering: '2gb-2cpu' } }))),
        ask(planFor('vm', (id) => ({ kind: 'act', id, action: 'restart', input: {} }))),
        ask(planFor('vm', (id) => ({ kind: 'act', id, action: 'reconcile', input: {} }))),
        ask(planFor('vm', (id) => ({ kind: 'remove', id }))),
        look('vm'),
      ],
    },
    {
      tenant: 'administrator',
      commands: [
        ask(whoAmI),
        ask(planOfMaking('network', { ipv4Cidr: '10.0.0.0/28', accountId: '2' })),
        ask(planOfMaking('apikey', { name: 'another key' })),
        ask(planOfRemoving('account', '2')),
        {
          do: 'create',
          name: 'image',
          type: 'image',
          body: { name: 'own', osType: 'linux', bootMode: 'hvm', sizeGb: 2 },
        },
        wait('image'),
        remove('image'),
        pause(1_500),
        ask(lookAtAll('host')),
        pause(1_500),
      ],
    },
  ],
};

/** A server is asked about while something of it does not come into being. */
export const whyItWaits: Scenario = {
  ...ROOM,
  name: 'why it waits',
  scripts: [
    {
      tenant: 'alice',
      commands: [
        network('net'),
        server('vm', 'net'),
        pause(5_000),
        ask(why('vm')),
        pause(20_000),
        ask(why('vm')),
        wait('vm'),
      ],
    },
  ],
};

/** Kernels end as they should: one in the middle of work, one at its beginning. */
export const orderlyEnds: Scenario = {
  ...ROOM,
  name: 'kernels that end in good order',
  scripts: [
    {
      tenant: 'alice',
      commands: [network('net'), server('vm', 'net'), pause(60), ask(anOrderlyEnd), wait('vm')],
    },
    { tenant: 'administrator', commands: [ask(anOrderlyEnd)] },
  ],
};

/** Removals and changes that come at the same moment. */
export const removedWhileChanged: Scenario = {
  ...ROOM,
  name: 'removed while it is changed',
  scripts: [
    {
      tenant: 'alice',
      commands: ['a', 'b', 'c', 'd'].flatMap((name) => [network(name), pause(24), remove(name)]),
    },
    {
      tenant: 'alice',
      commands: ['a', 'b', 'c', 'd'].flatMap((name) => [
        expect(name),
        ...[1, 2, 3, 4].map(
          (n): Command => ({ do: 'update', name, body: { name: `${name} ${n}` } }),
        ),
      ]),
    },
  ],
};

/** Time passes, as the ladder of orphans needs it. */
export const twoSweeps: Scenario = {
  ...ROOM,
  name: 'objects that nobody owns',
  scripts: [
    {
      tenant: 'administrator',
      commands: [pause(16 * MINUTE), ask(anOrderlyEnd), pause(3 * MINUTE)],
    },
  ],
};

/** A volume and a server of which something is lost or doubled, and a person who decides. */
export const decisions: Scenario = {
  ...ROOM,
  name: 'what only a person decides',
  scripts: [
    {
      tenant: 'alice',
      commands: [
        volume('disk'),
        network('net'),
        server('vm', 'net'),
        wait('vm'),
        pause(10_000),
        look('disk'),
        look('vm'),
        pause(3_000),
        ask(planFor('vm', (id) => ({ kind: 'remove', id }))),
        ask(repairAll),
        pause(3_000),
        ask(repairAll),
        wait('disk'),
        wait('vm'),
      ],
    },
  ],
};

/** A server is asked to be larger than its host before it is known to be placed there, and then small again. */
export const grownTooLarge: Scenario = {
  name: 'a server that grows before it is placed',
  hosts: 1,
  hostMemoryMb: 1_024,
  scripts: [
    {
      tenant: 'alice',
      commands: [
        network('net'),
        server('vm', 'net'),
        pause(4_500),
        { do: 'update', name: 'vm', body: { offering: '2gb-2cpu' } },
        pause(20_000),
        { do: 'update', name: 'vm', body: { offering: '1gb-1cpu' } },
        wait('vm'),
      ],
    },
  ],
};

/** A type that a plug-in brings is used. */
export const aPlugInType: Scenario = {
  ...ROOM,
  name: 'a type that a plug-in brings',
  scripts: [
    {
      tenant: 'administrator',
      commands: [ask(limitTo('2', { bundleWeight: 100 }))],
    },
    {
      tenant: 'alice',
      commands: [
        network('net'),
        wait('net'),
        { do: 'create', name: 'bundle', type: 'bundle', body: {} },
        ask(bundleUp('bundle', 'net')),
        ask(planFor('bundle', (id) => ({ kind: 'update', id, body: { weight: 3 } }))),
      ],
    },
  ],
};
