import {
  type ApplianceDesired,
  type DocumentsOnRecord,
  DriverFailure,
  type ElementMeter,
  NETWORK,
  type NetworkDriver,
  type PairMember,
  type Plugin,
} from '@gdcloud/core';
import { describeDrivers } from '@gdcloud/core/driver-host';
import { ManualClock, MemoryDisk } from '@gdcloud/core/testing';
import { appliancePair, createVlanDriver, pairedNetwork, vlan } from '@gdcloud/driver-vlan';
import { MemoryRecordFiles } from '@gdcloud/driver-vlan/testing';
import t from 'tap';
import { call, DESIRED, keyOf, uuid } from '../support/fixtures.js';

const FORWARDED: ApplianceDesired = {
  ...DESIRED,
  publicAddresses: [
    {
      uuid: uuid(20),
      generation: 2,
      address: '203.0.113.11',
      prefixLength: 24,
      gateway: '203.0.113.1',
      uplink: 'outside',
    },
  ],
};

/** An appliance that records documents, and can be out of reach. */
class Appliance {
  away = false;
  meters: readonly ElementMeter[] = [];
  readonly network: NetworkDriver;
  readonly name: string;

  constructor(name: string, more: Partial<NetworkDriver> = {}) {
    this.name = name;
    const files = new MemoryRecordFiles(new MemoryDisk({ clock: new ManualClock() }));
    const whole = createVlanDriver({ folder: '/plans' }, { files });
    const reached = async <Result>(work: () => Promise<Result>): Promise<Result> => {
      if (!this.away) return work();
      throw new DriverFailure('unavailable', 'Away', `${name} is away`, { remedy: 'Wait.' });
    };
    const { appliances, ...network } = whole;
    this.network = {
      ...network,
      carried: (...args) => reached(() => whole.carried(...args)),
      meters: () => reached(async () => this.meters),
      appliances: {
        ...appliances,
        observe: (...args) => reached(() => appliances.observe(...args)),
        create: (...args) => reached(() => appliances.create(...args)),
        update: (...args) => reached(() => appliances.update(...args)),
        delete: (...args) => reached(() => appliances.delete(...args)),
        list: (...args) => reached(() => appliances.list(...args)),
      },
      ...more,
    };
  }
}

function pairOf(a = new Appliance('edge-a'), b = new Appliance('edge-b')) {
  return { a, b, network: pairedNetwork({ name: 'edge', members: [a, b] }) };
}

t.test('a document goes to both', async (t) => {
  const { a, b, network } = pairOf();
  await network.appliances.create(keyOf(1), FORWARDED, call());
  for (const { network: its } of [a, b]) {
    t.equal(await its.carried(uuid(1), uuid(20), call()), 2);
  }
  t.equal(await network.carried(uuid(1), uuid(20), call()), 2);
  t.match(await network.appliances.observe(keyOf(1), FORWARDED, call()), {
    presence: 'present',
    changes: [],
    actual: { pair: { 'edge-a': 'carrying', 'edge-b': 'carrying' } },
  });
});

t.test('what one of them lacks it is given as soon as it is back', async (t) => {
  const { b, network } = pairOf();
  b.away = true;
  await network.appliances.create(keyOf(1), FORWARDED, call());
  t.match(await network.appliances.observe(keyOf(1), FORWARDED, call()), {
    changes: [],
    actual: { pair: { 'edge-a': 'carrying', 'edge-b': 'away' } },
  });
  b.away = false;
  const seen = await network.appliances.observe(keyOf(1), FORWARDED, call());
  if (seen.presence !== 'present') throw new Error('it is there');
  const [change] = seen.changes;
  t.same(change, { field: 'behind', desired: [], actual: ['edge-b'] });
  t.equal(await network.carried(uuid(1), uuid(20), call()), 0, 'not in the generation of all');
  if (change !== undefined) await network.appliances.update(keyOf(1), FORWARDED, change, call());
  t.equal(await network.carried(uuid(1), uuid(20), call()), 2);
});

t.test(
  'while nobody settles who is heard, what is taken away is not gone before both say so',
  async (t) => {
    const { b, network } = pairOf();
    await network.appliances.create(keyOf(1), FORWARDED, call());
    b.away = true;
    const without = { ...FORWARDED, revision: 4, publicAddresses: [] };
    const change = { field: 'revision', desired: 4, actual: 3 };
    await network.appliances.update(keyOf(1), without, change, call());
    t.equal(await network.carried(uuid(1), uuid(20), call()), 0);
    await network.appliances.delete(keyOf(1), call());
    t.match(await network.appliances.observe(keyOf(1), undefined, call()), { presence: 'unknown' });
    b.away = false;
    t.match(await network.appliances.observe(keyOf(1), undefined, call()), {
      presence: 'present',
      external: `gd-${uuid(1)}`,
    });
    await network.appliances.delete(keyOf(1), call());
    t.same(await network.appliances.observe(keyOf(1), undefined, call()), { presence: 'absent' });
    t.equal(await network.carried(uuid(1), uuid(20), call()), undefined);
  },
);

t.test(
  'with both away nothing is known, and what was to be changed is told to be open',
  async (t) => {
    const { a, b, network } = pairOf();
    await network.appliances.create(keyOf(1), DESIRED, call());
    a.away = true;
    b.away = true;
    t.match(await network.appliances.observe(keyOf(1), DESIRED, call()), { presence: 'unknown' });
    await t.rejects(network.carried(uuid(1), uuid(20), call()), { code: 'Away' });
    await t.rejects(network.appliances.create(keyOf(2), DESIRED, call()), {
      code: 'Away',
    });
    await t.rejects(network.appliances.list(undefined, call()), { code: 'Away' });
  },
);

t.test('what one refuses is refused', async (t) => {
  const { network } = pairOf();
  const wrong = { ...DESIRED, domain: 'not a domain' };
  await t.rejects(network.appliances.create(keyOf(1), wrong, call()), { name: 'DriverFailure' });
});

t.test('what any of them has is listed, once; half a list is none', async (t) => {
  const { a, b, network } = pairOf();
  await network.appliances.create(keyOf(2), DESIRED, call());
  await a.network.appliances.create(
    keyOf(1),
    { ...DESIRED, segment: { ...DESIRED.segment, id: 200 } },
    call(),
  );
  const { objects } = await network.appliances.list(undefined, call());
  t.same(
    objects.map((object) => object.uuid),
    [uuid(1), uuid(2)],
  );
  b.away = true;
  await t.rejects(network.appliances.list(undefined, call()), { code: 'Away' });
});

t.test(
  'what both have carried is added up, and nothing less is told while one is away',
  async (t) => {
    const { a, b, network } = pairOf();
    const count = (packets: number) => ({ packets, bytes: packets * 100 });
    a.meters = [
      { element: uuid(20), in: count(5), out: count(3) },
      { element: uuid(40), both: count(8) },
    ];
    b.meters = [{ element: uuid(20), in: count(2) }];
    t.same(await network.meters?.(uuid(1), call()), [
      { element: uuid(20), in: count(7), out: count(3) },
      { element: uuid(40), both: count(8) },
    ]);
    b.away = true;
    await t.rejects(network.meters?.(uuid(1), call()) ?? Promise.reject(), {
      code: 'Away',
    });
  },
);

t.test('one that does not answer is not waited for longer than it may take', async (t) => {
  const clock = new ManualClock();
  const [a, b] = [new Appliance('edge-a'), new Appliance('edge-b')];
  const silent: NetworkDriver = {
    ...b.network,
    appliances: { ...b.network.appliances, create: () => new Promise(() => {}) },
  };
  const members = [a, { name: 'edge-b', network: silent }];
  const network = pairedNetwork({ name: 'edge', members, answerMs: 3_000 }, { clock });
  const began = clock.now();
  await clock.until(network.appliances.create(keyOf(1), DESIRED, call()));
  t.equal(clock.now() - began, 3_000);
});

t.test(
  'one that answers, and can’t do what it is told, is left alone after three tries, for a while',
  async (t) => {
    const clock = new ManualClock();
    const [a, b] = [new Appliance('edge-a'), new Appliance('edge-b')];
    let tries = 0;
    const full: NetworkDriver = {
      ...b.network,
      appliances: {
        ...b.network.appliances,
        create: async () => {
          tries += 1;
          throw new DriverFailure('unavailable', 'RecordFull', 'full', { remedy: 'Wait.' });
        },
      },
    };
    const members = [a, { name: 'edge-b', network: full }];
    const { appliances } = pairedNetwork({ name: 'edge', members }, { clock });
    const changes = async () => {
      const seen = await appliances.observe(keyOf(1), DESIRED, call());
      return seen.presence === 'present' ? seen.changes : undefined;
    };
    await appliances.create(keyOf(1), DESIRED, call());
    const behind = { field: 'behind', desired: [], actual: ['edge-b'] };
    for (const nth of [2, 3]) {
      t.same(await changes(), [behind]);
      await appliances.update(keyOf(1), DESIRED, behind, call());
      t.equal(tries, nth);
    }
    t.same(await changes(), [], 'it is as asked as far as can be');
    t.match(await appliances.observe(keyOf(1), DESIRED, call()), {
      actual: { pair: { 'edge-a': 'carrying', 'edge-b': 'behind' } },
    });
    clock.advance(30_000);
    t.same(await changes(), [behind]);
  },
);

for (const [exclusive, gone] of [
  ['yes', undefined],
  ['no', 0],
] as const) {
  t.test(
    `once the one that is away can’t take over, the active one speaks for both; what is gone only where it is alone: ${exclusive}`,
    async (t) => {
      const clock = new ManualClock();
      const member = (is: 'active' | 'standby'): PairMember => ({
        standing: async () => ({ is, exclusive, stamp: 'now', permittedMs: 8_000 }),
        holdings: async () => new Map(),
        permit: async () => {},
      });
      const a = new Appliance('edge-a', { member: member('active') });
      const b = new Appliance('edge-b', { member: member('standby') });
      const network = pairedNetwork({ name: 'edge', members: [a, b] }, { clock });
      const record = { told: 3, followed: 3 };
      const records: DocumentsOnRecord = {
        all: async () => new Map([[uuid(1), record]]),
        of: async () => record,
      };
      const end = new AbortController();
      const vouching = network.vouch?.(records, end);
      await network.appliances.create(keyOf(1), FORWARDED, call());
      b.away = true;
      const carried = () => network.carried(uuid(1), uuid(20), call());
      t.equal(await carried(), 0);
      clock.advance(9_000);
      t.equal(await carried(), 2, 'it is in force');
      const change = { field: 'revision', desired: 4, actual: 3 };
      const without = { ...FORWARDED, revision: 4, publicAddresses: [] };
      await network.appliances.update(keyOf(1), without, change, call());
      record.told = 4;
      t.equal(await carried(), 0, 'it is not on record yet');
      clock.advance(9_000);
      t.equal(await carried(), 0);
      record.followed = 4;
      t.equal(await carried(), 0, 'permits from before may last');
      clock.advance(9_000);
      t.equal(await carried(), gone);
      end.abort();
      await vouching;
    },
  );
}

t.test('appliances that differ are no pair: the field is named', async (t) => {
  const physicalNetworks = [{ name: 'physnet2', kind: 'vlan', firstId: 1, lastId: 9 }] as const;
  const differing: readonly (readonly [RegExp, Partial<NetworkDriver>])[] = [
    [/^physicalNetworks: .* on edge-a, .*physnet2.* on edge-b$/, { physicalNetworks }],
    [/^macAddress: /, { macAddress: () => '02:00:00:00:00:01' }],
    [/^name: "vlan" on edge-a, "other" on edge-b$/, { name: 'other' }],
  ];
  for (const [message, more] of differing) {
    t.throws(() => pairOf(undefined, new Appliance('edge-b', more)), {
      name: 'TypeError',
      message,
    });
  }
  t.throws(() => pairOf(undefined, new Appliance('edge-a')), /both are called edge-a/);
  t.throws(
    () => pairedNetwork({ name: 'edge', members: [new Appliance('edge-a')] }),
    /a pair has two/,
  );
  const members = [new Appliance('edge-a'), new Appliance('edge-b')];
  t.throws(() => pairedNetwork({ name: 'edge', members, permitMs: 10 }), /permitMs/);
});

t.test('a pair is put together from the plug-ins of its appliances', async (t) => {
  const newFiles = () => new MemoryRecordFiles(new MemoryDisk({ clock: new ManualClock() }));
  const [files, others] = [newFiles(), newFiles()];
  const network = added(
    appliancePair({
      name: 'edge',
      appliances: {
        'edge-a': vlan({ folder: '/plans' }, { files }),
        'edge-b': vlan({ folder: '/plans' }, { files: others }),
      },
    }),
  );
  await network.appliances.create(keyOf(1), DESIRED, call());
  for (const each of [files, others]) t.same(await each.names('/plans'), [`${uuid(1)}.1`]);
  const nothing: Plugin = () => {};
  t.throws(() => added(appliancePair({ name: 'edge', appliances: { a: nothing, b: nothing } })), {
    message: /appliances.a: its plug-in adds no networks/,
  });
});

/** The driver of networks that a plug-in adds. */
function added(plugin: Plugin): NetworkDriver {
  const found: { network?: NetworkDriver } = {};
  const find: Plugin = (container) => {
    found.network = container.resolve(NETWORK);
  };
  describeDrivers([plugin, find]);
  if (found.network === undefined) throw new Error('it adds none');
  return found.network;
}
