import type { ApplianceDesired, ResourceUuid } from '@gdcloud/core';
import { ManualClock } from '@gdcloud/core/testing';
import { ALL_WELL, parseAppliance, type UnwellServers } from '@gdcloud/driver-vlan';
import { HealthWatch } from '@gdcloud/driver-vlan/agent';
import t from 'tap';
import { CARRIED } from '../support/carried-network.js';
import { uuid } from '../support/fixtures.js';

const PHYSICAL = [{ name: 'physnet1', kind: 'vlan', firstId: 1, lastId: 4094 }] as const;
const INTERVAL = 1000;

const CHECKED: ApplianceDesired = {
  ...CARRIED,
  balancers: [
    {
      uuid: uuid(30),
      generation: 1,
      protocol: 'tcp',
      publicAddress: '203.0.113.11',
      publicPort: 80,
      privatePort: 8080,
      algorithm: 'roundRobin',
      check: { kind: 'tcp', path: null, intervalMs: INTERVAL, timeoutMs: 500, rise: 2, fall: 3 },
      backends: [1, 2].map((number) => ({
        server: uuid(number),
        privateAddress: `192.168.0.1${number}`,
        weight: 1,
      })),
    },
  ],
};

function documentOf(desired: ApplianceDesired) {
  return parseAppliance(uuid(1), desired, PHYSICAL);
}

/** A watch whose probes are answered by a list of addresses, and whose outcomes are kept. */
function watching(outcome: () => 'done' | 'superseded' = () => 'done') {
  const clock = new ManualClock();
  const down = new Set<string>();
  const asked: string[] = [];
  const applied: (readonly ResourceUuid[])[] = [];
  const watch = new HealthWatch({
    clock,
    probe: async ({ address }) => {
      asked.push(address);
      return down.has(address) ? 'failed' : 'passed';
    },
    apply: async (_document, unwell) => {
      const result = outcome();
      applied.push(serversIn(unwell));
      return result;
    },
  });
  /** Lets rounds of checks go by, each to its end. */
  const rounds = async (count: number): Promise<void> => {
    for (let half = 0; half < count * 2; half += 1) {
      clock.advance(INTERVAL / 2);
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    }
  };
  return { clock, down, asked, applied, watch, rounds };
}

function serversIn(unwell: UnwellServers | undefined): readonly ResourceUuid[] {
  return [...(unwell ?? [])].flatMap(([, servers]) => [...servers]);
}

t.test(
  'a backend is left out after `fall` failures in a row, and back after `rise` passes',
  async (t) => {
    const { down, applied, watch, rounds } = watching();
    watch.watch(documentOf(CHECKED), ALL_WELL);
    await rounds(4);
    t.same(applied, []);
    down.add('192.168.0.12');
    await rounds(2);
    down.delete('192.168.0.12');
    await rounds(1);
    down.add('192.168.0.12');
    await rounds(2);
    t.same(applied, [], 'two in a row are not three');
    await rounds(1);
    t.same(applied, [[uuid(2)]]);
    down.delete('192.168.0.12');
    await rounds(1);
    t.same(serversIn(watch.unwell(uuid(1))), [uuid(2)]);
    await rounds(1);
    t.same(applied, [[uuid(2)], []]);
  },
);

t.test('what could not be carried is tried again after the next check', async (t) => {
  let failures = 2;
  const { down, applied, watch, rounds } = watching(() => {
    failures -= 1;
    if (failures >= 0) throw new Error('refused');
    return 'done';
  });
  down.add('192.168.0.11');
  watch.watch(documentOf(CHECKED), ALL_WELL);
  await rounds(6);
  t.same(applied, [[uuid(1)]]);
});

t.test('who is not the one that carries the network any more checks no more', async (t) => {
  const { clock, down, watch, rounds } = watching(() => 'superseded');
  down.add('192.168.0.11');
  watch.watch(documentOf(CHECKED), ALL_WELL);
  await rounds(4);
  t.equal(watch.unwell(uuid(1)), undefined);
  t.equal(clock.scheduled, 0);
});

t.test('backends keep their standing when the document changes around them', async (t) => {
  const { down, asked, applied, watch, rounds } = watching();
  down.add('192.168.0.12');
  watch.watch(documentOf(CHECKED), ALL_WELL);
  await rounds(4);
  const unwell = watch.unwell(uuid(1)) ?? ALL_WELL;
  watch.watch(documentOf({ ...CHECKED, revision: 4 }), unwell);
  await rounds(2);
  t.same(applied, [[uuid(2)]]);
  asked.length = 0;
  const [balancer] = CHECKED.balancers;
  if (balancer === undefined) throw new Error('there is one');
  const backends = balancer.backends.slice(0, 1);
  watch.watch(documentOf({ ...CHECKED, balancers: [{ ...balancer, backends }] }), ALL_WELL);
  await rounds(2);
  t.same(asked, ['192.168.0.11', '192.168.0.11']);
});

t.test(
  'a new watch begins with who is left out, and changes nothing before it knows better',
  async (t) => {
    const { applied, down, watch, rounds } = watching();
    down.add('192.168.0.12');
    watch.watch(documentOf(CHECKED), new Map([[uuid(30), new Set([uuid(2)])]]));
    await rounds(4);
    t.same(applied, []);
    down.clear();
    await rounds(2);
    t.same(applied, [[]]);
  },
);

t.test('nothing is scheduled after the end, nor for balancers without checks', async (t) => {
  const { clock, watch } = watching();
  watch.watch(documentOf(CARRIED), ALL_WELL);
  t.equal(clock.scheduled, 0);
  watch.watch(documentOf(CHECKED), ALL_WELL);
  t.equal(clock.scheduled, 2);
  watch.close();
  t.equal(clock.scheduled, 0);
});
