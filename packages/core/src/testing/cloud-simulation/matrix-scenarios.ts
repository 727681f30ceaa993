import {
  accountUsage,
  all,
  anOrderlyEnd,
  aPersonSignsIn,
  askOfHosts,
  askOfPool,
  bundleUp,
  everythingOf,
  limitTo,
  lookAtAll,
  moveVolume,
  planFor,
  planOfEvacuating,
  planOfMaking,
  planOfRemoving,
  type Question,
  repairAll,
  whoAmI,
  why,
} from './questions.js';
import {
  attach,
  type Body,
  type Command,
  detach,
  expect,
  network,
  pause,
  remove,
  type Scenario,
  server,
  serverWithKeys,
  stop,
  wait,
} from './scenario.js';
import {
  howItIsCarried,
  showTicket,
  ticketTo,
  usageOf,
  whatIsKeptBy,
  whatWasCarriedFor,
} from './screens.js';

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
        ask(aPersonSignsIn),
        ask(planOfMaking('network', { ipv4Cidr: '10.0.0.0/28', accountId: '2' })),
        ask(planOfMaking('apikey', { name: 'another key' })),
        ask(planOfRemoving('account', '2')),
        ask(accountUsage('2')),
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

const HOME = 'share';
const OTHER = 'share 2';
const copyOf = (name: string, imageId: Body['imageId'] = '1'): Command => ({
  do: 'create',
  name,
  type: 'volume',
  body: { sizeGb: 10, imageId },
});

/** Disks on two shares, one of which gets no new ones, and the other of which is worked on in the middle. */
export const onTwoShares: Scenario = {
  name: 'on two shares',
  hosts: 1,
  hostMemoryMb: 8_192,
  shares: 'two',
  scripts: [
    {
      tenant: 'alice',
      commands: [
        pause(3_000),
        copyOf('first'),
        wait('first'),
        network('net'),
        serverWithKeys('vm', 'net'),
        copyOf('second'),
        wait('vm'),
        remove('first'),
        wait('second'),
        remove('vm'),
        expect('own'),
        copyOf('third', { ref: 'own' }),
        wait('third'),
        remove('third'),
        wait('third'),
      ],
    },
    {
      tenant: 'administrator',
      commands: [
        {
          do: 'create',
          name: 'own',
          type: 'image',
          body: { name: 'own', osType: 'linux', bootMode: 'hvm', sizeGb: 2 },
        },
        wait('own'),
        ask(askOfPool('disable', HOME)),
        pause(200),
        ask(askOfPool('disable', HOME)),
        pause(8_000),
        ask(askOfPool('maintain', OTHER)),
        pause(10_000),
        // One of them may be lost.
        ...[1, 2, 3].flatMap(() => [ask(askOfPool('enable', OTHER)), pause(2_000)]),
        expect('third'),
        wait('third'),
        ...[1, 2, 3].flatMap(() => [ask(askOfPool('enable', HOME)), pause(2_000)]),
        remove('own'),
      ],
    },
  ],
};

/** A volume on one of two shares is copied by a snapshot, which is where that is, and so is the copy. */
export const copiedOnAShare: Scenario = {
  name: 'a copy of a snapshot on one of two shares',
  hosts: 1,
  hostMemoryMb: 8_192,
  shares: 'two',
  scripts: [
    {
      tenant: 'alice',
      commands: [
        pause(3_000),
        volume('data'),
        { do: 'create', name: 'taken', type: 'snapshot', body: { volumeId: { ref: 'data' } } },
        {
          do: 'create',
          name: 'copy',
          type: 'volume',
          body: { sizeGb: 3, snapshotId: { ref: 'taken' } },
        },
        wait('copy'),
        remove('taken'),
        wait('taken'),
        remove('data'),
      ],
    },
  ],
};

/** Volumes move from share to share: one of them back and forth, one that is not to move after all, one that goes. */
export const movedAbout: Scenario = {
  name: 'volumes that move',
  hosts: 1,
  hostMemoryMb: 8_192,
  shares: 'two',
  scripts: [
    {
      tenant: 'alice',
      commands: [
        pause(3_000),
        volume('data'),
        volume('second'),
        volume('third'),
        network('net'),
        server('vm', 'net'),
        wait('data'),
        attach('data', 'vm'),
        wait('vm'),
        wait('data'),
        detach('data'),
        expect('moved'),
        wait('moved'),
        remove('third'),
        attach('data', 'vm'),
        wait('data'),
        wait('second'),
      ],
    },
    {
      tenant: 'administrator',
      commands: [
        expect('third'),
        wait('second'),
        wait('third'),
        // Before it is there: one that has left can't go back for an hour, which takes as long to simulate as all else.
        ...[12, 24, 40].flatMap((ms) => [
          ask(moveVolume('second', 'away')),
          pause(ms),
          ask(moveVolume('second', 'nowhere')),
          wait('second'),
        ]),
        wait('data'),
        pause(4_000),
        ask(moveVolume('data', 'away')),
        pause(8_000),
        wait('data'),
        ask(moveVolume('data', 'away')),
        pause(2_000),
        ask(moveVolume('data', 'nowhere')),
        ask(moveVolume('third', 'away')),
        network('moved'),
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

const labelled = (name: string, labels: Body): Command => ({
  do: 'create',
  name,
  type: 'virtualmachine',
  body: { ...SERVER, ...labels },
});

/** Servers that keep away from one another are placed at the same moment, and their hosts are emptied in turn. */
export const apartAndMoved: Scenario = {
  name: 'servers that keep apart, and hosts that are emptied',
  hosts: 3,
  hostMemoryMb: 2_048,
  scripts: [
    {
      tenant: 'alice',
      commands: [
        network('net'),
        wait('net'),
        labelled('first', { labels: ['db'], antiAffinityLabels: ['db'] }),
        labelled('quiet', { antiAffinityLabels: ['noisy'], affinityLabels: ['db'] }),
        wait('first'),
        wait('quiet'),
      ],
    },
    {
      tenant: 'alice',
      commands: [
        expect('first'),
        labelled('second', { labels: ['db'], antiAffinityLabels: ['db'] }),
        labelled('noisy', { labels: ['noisy'] }),
        wait('second'),
        wait('noisy'),
      ],
    },
    {
      tenant: 'administrator',
      commands: [
        expect('noisy'),
        wait('first'),
        wait('second'),
        ask(planOfEvacuating('first')),
        ask(askOfHosts('evacuate', 'first')),
        pause(30_000),
        ask(askOfHosts('enable')),
        pause(2_000),
        ask(askOfHosts('evacuate', 'quiet')),
        pause(30_000),
        ask(askOfHosts('enable')),
      ],
    },
  ],
};

const atOnce = (name: string, labels: Body): Scenario['scripts'][number] => ({
  tenant: 'alice',
  commands: [expect('filler'), wait('filler'), labelled(name, labels), wait(name)],
});

/** Servers that can't be together want the emptier of two hosts, all at the same moment. */
export const allAtOnce: Scenario = {
  name: 'servers that can not be together and come at once',
  hosts: 2,
  hostMemoryMb: 8_192,
  scripts: [
    {
      tenant: 'alice',
      commands: [network('net'), wait('net'), server('filler', 'net', '2gb-2cpu')],
    },
    atOnce('one', { labels: ['db'], antiAffinityLabels: ['db'] }),
    atOnce('two', { labels: ['db'], antiAffinityLabels: ['db'] }),
    atOnce('noisy', { labels: ['noisy'] }),
    atOnce('quiet', { antiAffinityLabels: ['noisy'] }),
  ],
};

/** A host is to be emptied while there is no other. */
export const nowhereToGo: Scenario = {
  ...ROOM,
  name: 'a server that has nowhere to go',
  scripts: [
    { tenant: 'alice', commands: [network('net'), server('vm', 'net'), wait('vm')] },
    {
      tenant: 'administrator',
      commands: [
        expect('vm'),
        wait('vm'),
        ask(askOfHosts('evacuate')),
        pause(15_000),
        ask(why('vm')),
        ask(askOfHosts('enable')),
      ],
    },
  ],
};

/** A server runs on a host that is to be emptied; what happens on the way is the story's. */
export const onTheMove: Scenario = {
  name: 'a server on the move',
  hosts: 3,
  hostMemoryMb: 8_192,
  scripts: [
    {
      tenant: 'alice',
      commands: [network('net'), server('vm', 'net'), wait('vm'), pause(240_000), wait('vm')],
    },
    {
      tenant: 'administrator',
      commands: [
        expect('vm'),
        wait('vm'),
        ask(askOfHosts('evacuate', 'vm')),
        pause(90_000),
        ask(why('vm')),
        ask(askOfHosts('fence')),
        pause(20_000),
        ask(askOfHosts('enable')),
        pause(40_000),
        // Whoever was too early the first time.
        ask(askOfHosts('fence')),
        pause(20_000),
        ask(askOfHosts('enable')),
      ],
    },
  ],
};

/** A host dies with a server on it. */
export const aHostDies: Scenario = {
  name: 'a host that dies',
  hosts: 2,
  hostMemoryMb: 2_048,
  scripts: [
    {
      tenant: 'alice',
      commands: [
        network('net'),
        server('vm', 'net'),
        server('idle', 'net'),
        wait('vm'),
        stop('idle'),
        pause(150_000),
        wait('vm'),
        wait('idle'),
      ],
    },
    {
      tenant: 'administrator',
      commands: [
        expect('idle'),
        wait('vm'),
        pause(100_000),
        ask(why('vm')),
        ask(askOfHosts('fence')),
        pause(10_000),
        ask(why('vm')),
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

/** An address carries something, in one network and then in another, and it is told what. */
export const whatWasCarried: Scenario = {
  ...ROOM,
  name: 'what was carried',
  scripts: [
    {
      tenant: 'administrator',
      commands: [
        {
          do: 'create',
          name: 'pool',
          type: 'addresspool',
          body: { cidr: '203.0.113.0/29', gateway: '203.0.113.1', uplink: 'outside' },
        },
      ],
    },
    {
      tenant: 'alice',
      commands: [
        expect('pool'),
        network('net'),
        { do: 'create', name: 'ip', type: 'ipaddress', body: { networkId: { ref: 'net' } } },
        wait('ip'),
        pause(6 * MINUTE),
        ask(usageOf('ip')),
        pause(6 * MINUTE),
        ask(usageOf('ip')),
        ask(whatWasCarriedFor('2')),
        remove('ip'),
      ],
    },
  ],
};

/** Two networks are shown to be apart. */
export const howTheyAreApart: Scenario = {
  ...ROOM,
  name: 'how they are apart',
  scripts: [
    {
      tenant: 'alice',
      commands: [
        network('net'),
        network('other'),
        wait('net'),
        wait('other'),
        ask(howItIsCarried('net', 'other')),
      ],
    },
  ],
};

/** A server is looked at, by its owner and by somebody else, until it is stopped. */
export const aLookAtTheScreen: Scenario = {
  ...ROOM,
  name: 'a look at the screen',
  scripts: [
    {
      tenant: 'alice',
      commands: [
        network('net'),
        server('vm', 'net'),
        wait('vm'),
        ask(usageOf('vm')),
        ask(whatIsKeptBy('2')),
        ask(ticketTo('vm')),
        ask(showTicket('vm')),
        ask(showTicket('vm')),
        pause(6_000),
        stop('vm'),
        wait('vm'),
        ask(showTicket('vm')),
        // A look that hangs is given up after half a minute, and the next one comes soon after.
        pause(45_000),
      ],
    },
    {
      tenant: 'bob',
      commands: [
        expect('vm'),
        wait('vm'),
        ask(usageOf('vm')),
        ask(ticketTo('vm')),
        ask(showTicket('vm')),
      ],
    },
  ],
};

/** A ticket is shown, forgotten by the cloud, and shown again by one who has not forgotten it. */
export const aTicketOfLongAgo: Scenario = {
  ...ROOM,
  name: 'a ticket of long ago',
  scripts: [
    {
      tenant: 'alice',
      commands: [
        network('net'),
        server('vm', 'net'),
        wait('vm'),
        ask(ticketTo('vm')),
        ask(showTicket('vm')),
        pause(25 * MINUTE),
        ask(showTicket('vm')),
        pause(1_000),
      ],
    },
  ],
};

/** A server that is to go is looked at, with a ticket that was there before. */
export const aScreenThatGoes: Scenario = {
  ...ROOM,
  name: 'a screen that goes',
  scripts: [
    {
      tenant: 'alice',
      commands: [
        network('net'),
        serverWithKeys('vm', 'net'),
        wait('vm'),
        ask(ticketTo('vm')),
        remove('vm'),
        ask(showTicket('vm')),
        wait('vm'),
        ask(showTicket('vm')),
      ],
    },
  ],
};
