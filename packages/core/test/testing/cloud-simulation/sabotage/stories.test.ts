import {
  type ApplianceDesired,
  asExternalId,
  type ConfigDriveDesired,
  type Plugin,
  type ResourceUuid,
  type VolumeDesired,
} from '@gdcloud/core';
import t from 'tap';
import { CLOCK, COMPUTE, EVENT_BUS, STORAGE } from '../../../../dist/ports/tokens.js';
import { simulate } from '../../../../dist/testing/cloud-simulation/simulation.js';
import type { Tamper } from '../../../../dist/testing/cloud-simulation/simulation-options.js';
import { STORIES } from '../../../../dist/testing/cloud-simulation/stories.js';
import { overAppliances, overNetwork } from '../../../support/over-network.js';
import { overDatabase } from './over-ports.js';

/** Something that is taken away in a story of the matrix, which has no need of faults to show that it is missing. */
interface Missing {
  readonly name: string;
  readonly story: string;
  readonly invariant: RegExp;
  readonly message: RegExp;
  readonly tamper: () => Tamper;
}

/** How often an open console is looked after. */
const LOOKS = 5_000;

type Drives = NonNullable<ReturnType<typeof drivesOf>>;

function drivesOf(container: Parameters<Plugin>[0]) {
  return container.resolve(STORAGE).configDrives;
}

function overDrives(change: (drives: Drives) => Partial<Drives>): Tamper {
  return {
    plugin: (container) => {
      const storage = container.resolve(STORAGE);
      const drives = drivesOf(container);
      if (drives === undefined) throw new Error('the simulated share makes no config drives');
      const configDrives = { ...drives, ...change(drives) };
      container.register(STORAGE, { useValue: { ...storage, configDrives } });
    },
  };
}

function overVolumes(change: (desired: VolumeDesired) => VolumeDesired): Tamper {
  return {
    plugin: (container) => {
      const storage = container.resolve(STORAGE);
      const changed = (volumes: typeof storage.volumes): typeof storage.volumes => ({
        ...volumes,
        observe: (key, desired, call) => volumes.observe(key, desired && change(desired), call),
        create: (key, desired, call) => volumes.create(key, change(desired), call),
        update: (key, desired, difference, call) =>
          volumes.update(key, change(desired), difference, call),
      });
      const shares = storage.shares?.map((share) => ({
        ...share,
        volumes: changed(share.volumes),
      }));
      container.register(STORAGE, {
        useValue: {
          ...storage,
          volumes: changed(storage.volumes),
          ...(shares === undefined ? {} : { shares }),
        },
      });
    },
  };
}

// What was carried once is said to be carried no more: all that goes goes at once.
function notCarried(): Tamper {
  const told = new Set<ResourceUuid>();
  return {
    plugin: overNetwork((network) => ({
      carried: async (of, element, call) => {
        const generation = await network.carried(of, element, call);
        if (generation === undefined || told.has(element)) return undefined;
        told.add(element);
        return generation;
      },
    })),
  };
}

function overDocuments(
  change: (desired: ApplianceDesired, network: ResourceUuid) => ApplianceDesired,
): Tamper {
  return {
    plugin: overAppliances((appliances) => ({
      create: (key, desired, call) => appliances.create(key, change(desired, key.uuid), call),
      update: (key, desired, difference, call) =>
        appliances.update(key, change(desired, key.uuid), difference, call),
    })),
  };
}

// What a network's document has named once stays in the document of that network, and of no other.
function keptAddresses(): Tamper {
  const kept = new Map<ResourceUuid, ApplianceDesired['publicAddresses']>();
  return overDocuments((document, network) => {
    const before = kept.get(network) ?? [];
    const named = new Set(document.publicAddresses.map(({ uuid }) => uuid));
    const left = before.filter(({ uuid }) => !named.has(uuid));
    const publicAddresses = [...document.publicAddresses, ...left];
    kept.set(network, publicAddresses);
    return { ...document, publicAddresses };
  });
}

const withoutFiles = (desired: ConfigDriveDesired): ConfigDriveDesired => ({
  ...desired,
  files: [],
});

const MISSING: readonly Missing[] = [
  {
    name: 'tickets are good for any number of times',
    story: 'a look at the screen, by one kernel',
    invariant: /^I24/,
    message: /taken twice/,
    tamper: () =>
      overDatabase((store) => ({
        allocate: async (pool, owner, items) => {
          const kept = await store.allocate(pool, owner, items);
          for (const item of items) return pool === 'console tickets' ? item : kept;
          return kept;
        },
      })),
  },
  {
    name: 'used tickets are never forgotten',
    story: 'a ticket of long ago, by one kernel',
    invariant: /^I24/,
    message: /still remembered/,
    tamper: () => overDatabase(() => ({ release: async () => undefined })),
  },
  {
    name: 'an open console is not closed with its server',
    story: 'a look at the screen, by one kernel',
    invariant: /^I24/,
    message: /is open, and it is not to run/,
    tamper: () => ({
      plugin: (container) => {
        const clock = container.resolve(CLOCK);
        const bus = container.resolve(EVENT_BUS);
        container.register(EVENT_BUS, {
          useValue: { ...bus, subscribe: async () => async () => undefined },
        });
        container.register(CLOCK, {
          useValue: {
            ...clock,
            schedule: (ms, fire) => (ms === LOOKS ? () => undefined : clock.schedule(ms, fire)),
          },
        });
      },
    }),
  },
  {
    name: 'a console is opened for nobody',
    story: 'a look at the screen, by two kernels',
    invariant: /^I24/,
    message: /nobody looks at it/,
    tamper: () => ({
      plugin: (container) => {
        const compute = container.resolve(COMPUTE);
        container.register(COMPUTE, {
          useValue: {
            ...compute,
            console: async (key, call) => {
              if (compute.console === undefined) throw new Error('there are no consoles');
              await compute.console(key, call);
              return compute.console(key, call);
            },
          },
        });
      },
    }),
  },
  {
    name: 'a server is made without its drive',
    story: 'two servers in one network, by one kernel',
    invariant: /^I25/,
    message: /runs with nothing in its drive/,
    tamper: () => ({
      plugin: (container) => {
        const compute = container.resolve(COMPUTE);
        const { servers } = compute;
        container.register(COMPUTE, {
          useValue: {
            ...compute,
            servers: {
              ...servers,
              observe: (key, desired, call) =>
                servers.observe(key, desired && { ...desired, cd: undefined }, call),
              create: (key, desired, call) =>
                servers.create(key, { ...desired, cd: undefined }, call),
            },
          },
        });
      },
    }),
  },
  {
    name: 'a drive is made without its files',
    story: 'two servers in one network, by one kernel',
    invariant: /^I25/,
    message: /not told all/,
    tamper: () =>
      overDrives((drives) => ({
        create: (key, desired, call) => drives.create(key, withoutFiles(desired), call),
      })),
  },
  {
    name: 'a drive tells of no card',
    story: 'two servers in one network, by one kernel',
    invariant: /^I25/,
    message: /told of another card/,
    tamper: () =>
      overDrives((drives) => ({
        create: (key, desired, call) => {
          const files = desired.files.filter(({ name }) => name !== 'network-config');
          return drives.create(key, { ...desired, files }, call);
        },
      })),
  },
  {
    name: 'a drive is taken for one that is there',
    story: 'two servers in one network, by one kernel',
    invariant: /^I25/,
    message: /of which there are 0 files/,
    tamper: () =>
      overDrives((drives) => ({
        observe: async (key, desired, call) => {
          const seen = await drives.observe(key, desired, call);
          if (seen.presence !== 'absent' || desired === undefined) return seen;
          const external = asExternalId(`configDrives/${key.uuid}/${key.epoch}`);
          const actual = { virtualBytes: 2 ** 21, physicalBytes: 0 };
          return { presence: 'present', external, actual, changes: [] };
        },
      })),
  },
  {
    name: 'a drive is left behind',
    story: 'two servers in one network, by one kernel',
    invariant: /^I11/,
    message: /configFile was struck off and is still there/,
    tamper: () =>
      overDrives((drives) => ({
        observe: async (key, desired, call) =>
          desired === undefined ? { presence: 'absent' } : drives.observe(key, desired, call),
      })),
  },
  {
    name: 'a failure tells what is in a drive',
    story: 'two servers in one network, by one kernel',
    invariant: /^I18/,
    message: /tells a secret/,
    tamper: () =>
      overDrives(() => ({
        create: async (_key, desired) => {
          throw new Error(`no room for ${JSON.stringify(desired)}`);
        },
      })),
  },
  {
    name: 'files are changed while servers may have them',
    story: 'a volume that is restored outside of its server, by one kernel',
    invariant: /^I26/,
    message: /^sizeBytes of volume \d+ while virtualmachine \d+ may have it$/,
    tamper: () => overVolumes((desired) => ({ ...desired, use: 'free' })),
  },
  {
    name: 'a volume is restored to another snapshot',
    story: 'a volume and its snapshots, by one kernel',
    invariant: /^I27/,
    message: /instead of ".+", as snapshot/,
    tamper: () => {
      let late: ResourceUuid | undefined;
      return overVolumes((desired) => {
        late = desired.snapshots?.at(-1) ?? late;
        const { restore } = desired;
        return restore === undefined || late === undefined
          ? desired
          : { ...desired, restore: { ...restore, snapshot: late } };
      });
    },
  },
  {
    name: 'a volume is given other content than was brought',
    story: 'a volume and its snapshots, by one kernel',
    invariant: /^I27/,
    message: /instead of "upload letters", as was brought/,
    tamper: () =>
      overVolumes((desired) =>
        desired.content === undefined
          ? desired
          : { ...desired, content: { ...desired.content, upload: 'drawings' } },
      ),
  },
  {
    name: 'a volume is made anew where it moves to',
    story: 'volumes that move, by one kernel',
    invariant: /^I28/,
    message: /before it moved, and holds "nothing"$/,
    tamper: () =>
      overVolumes(({ origin, ...desired }) =>
        origin === undefined || 'volume' in origin ? desired : { ...desired, origin },
      ),
  },
  {
    name: 'an appliance keeps the addresses that it is said to have let go of',
    story: 'an address that moves on, by one kernel',
    invariant: /^I29/,
    message: /is in the documents of/,
    tamper: () => {
      // An address waits for ever for an appliance that says that it keeps it.
      const denied = notCarried();
      const kept = keptAddresses();
      return {
        plugin: (container) => {
          denied.plugin?.(container);
          kept.plugin?.(container);
        },
      };
    },
  },
  {
    name: 'what is removed is gone without a look at the appliance',
    story: 'a way in, by one kernel',
    invariant: /^I30/,
    message: /is gone and in the document of/,
    tamper: notCarried,
  },
  {
    name: 'a port of an address leads to two servers',
    story: 'a way in, by one kernel',
    invariant: /^I31/,
    message: /leads to two places/,
    tamper: () =>
      overDocuments((document) => ({
        ...document,
        forwards: [...document.forwards, ...document.forwards],
      })),
  },
  {
    name: 'each reading is added as if it were the first',
    story: 'what was carried, by one kernel',
    invariant: /^I32/,
    message: /is said to have carried \d+ packets, and \d+ passed/,
    tamper: () =>
      overDatabase((store) => ({
        trafficOf: async (network) => {
          const { records, ...reading } = await store.trafficOf(network);
          return { ...reading, records: records.map((record) => ({ ...record, told: {} })) };
        },
      })),
  },
];

for (const { name, story, invariant, message, tamper } of MISSING) {
  t.test(`it is noticed when ${name}`, async (t) => {
    const told = STORIES.find((each) => each.name === story);
    if (told === undefined) throw new Error(`there is no story called ${story}`);
    const { violation } = await simulate({ ...told.options(), tamper: tamper() });
    t.match(violation?.invariant, invariant);
    t.match(violation?.message, message);
  });
}
