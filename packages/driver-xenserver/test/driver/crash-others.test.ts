import { randomUUID } from 'node:crypto';
import { asExternalId, asUuid, type ComputeDriver, type ServerDesired } from '@gdcloud/core';
import t, { type Test } from 'tap';
import { type Cloud, converge, keyOf, serverOn, startCloud, vlan } from '../cloud.js';
import { withRestarts } from '../crash-sweep.js';
import { startFlakyProxy } from '../flaky-proxy.js';
import { VM_RECORD } from '../vm-record.js';

// A busy machine takes its time.
t.setTimeout(900_000);

const SHARE = { server: 'nas.example.com', path: '/export/disks' };

/** Something that is done to a pool, and what it must have led to however often it was cut off. */
interface Work {
  readonly run: (driver: ComputeDriver) => Promise<unknown>;
  /** What of the pool follows from it. */
  readonly result: () => Promise<unknown>;
}

/** Does the same work on one new pool after another, cut off at another one of its calls each time. */
async function sweep(
  t: Test,
  when: 'before' | 'after',
  prepare: (cloud: Cloud) => Promise<Work>,
): Promise<void> {
  const options = { share: SHARE };
  let expected: unknown;
  let calls = 0;
  for (let request = 0; request <= calls; request += 1) {
    const cloud = await startCloud(t, { hosts: 2, powerLatencyMs: 1, deviceLatencyMs: 0 });
    const work = await prepare(cloud);
    const proxy = await startFlakyProxy(t, cloud.simulator.url);
    if (request > 0) proxy.breakAt(request, when);
    await withRestarts(proxy, work.run, options);
    const result = await work.result();
    if (request === 0) {
      calls = proxy.requests;
      expected = result;
      t.ok(calls > 0, `${calls} calls that change something`);
    } else t.same(result, expected, `call ${request}`);
    await cloud.simulator.close();
  }
}

async function adoption({ driver, raw, host }: Cloud): Promise<Work> {
  const network = randomUUID();
  await converge(driver.segments, keyOf(network), vlan(100));
  const vm = await raw.call('VM.create', { ...VM_RECORD, name_label: 'legacy' });
  const uuid = String(await raw.call('VM.get_uuid', vm));
  const lan = Object.entries(
    (await raw.call('network.get_all_records')) as Record<string, { name_label: string }>,
  ).find(([, each]) => each.name_label === 'lan')?.[0];
  const MAC = '00:16:3e:12:34:56';
  await raw.call('VIF.create', {
    VM: vm,
    network: lan,
    device: '0',
    MAC,
    MTU: '1500',
    other_config: {},
    qos_algorithm_type: '',
    qos_algorithm_params: {},
  });
  await raw.call('VM.start_on', vm, await raw.call('host.get_by_uuid', host), false, false);
  const desired: ServerDesired = serverOn(host, {
    name: 'legacy',
    adopted: asExternalId(uuid),
    nics: [{ device: 0, network: asUuid(network), macAddress: MAC, ipv4Address: '192.168.0.9' }],
  });
  return {
    run: ({ servers }) => converge(servers, keyOf(uuid), desired),
    result: async () => {
      const record = (await raw.call('VM.get_record', vm)) as Record<string, unknown>;
      const guests = (await raw.records('VM')).filter(
        (each) => each['is_control_domain'] === false,
      );
      const marks = Object.keys(record['other_config'] as object).sort();
      return { guests: guests.length, domid: record['domid'], state: record['power_state'], marks };
    },
  };
}

async function maintenance({ raw, host }: Cloud): Promise<Work> {
  const key = keyOf(randomUUID());
  const to = (mode: 'normal' | 'maintenance') => ({ host: asExternalId(host), mode });
  return {
    run: async ({ maintenance: driver }) => {
      if (driver === undefined) throw new Error('the driver maintains no hosts');
      await converge(driver, key, to('maintenance'));
      await converge(driver, key, to('normal'));
      await converge(driver, key, to('maintenance'));
    },
    result: async () =>
      (await raw.records('host')).map(({ enabled, other_config: config }) => ({ enabled, config })),
  };
}

async function share({ raw }: Cloud): Promise<Work> {
  const key = keyOf(randomUUID());
  return {
    run: async ({ shares }) => {
      if (shares === undefined) throw new Error('the driver keeps no share');
      await converge(shares, key, { name: 'disks' });
    },
    result: async () => ({
      repositories: (await raw.records('SR'))
        .map(({ name_label: name, other_config: config }) => ({ name, config }))
        .toSorted((left, right) => (String(left.name) < String(right.name) ? -1 : 1)),
      plugged: (await raw.records('PBD')).map(({ currently_attached: plugged }) => plugged),
    }),
  };
}

for (const when of ['before', 'after'] as const) {
  for (const [what, prepare] of Object.entries({ adoption, maintenance, share })) {
    t.test(`${what} ends well when it is cut off ${when} any call is carried out`, (t) =>
      sweep(t, when, prepare),
    );
  }
}
