import type { ElementMeter, JsonObject, Resource, ResourceUuid } from '@gdcloud/core';
import t from 'tap';
import { readyNetwork, startCloud, surroundings, type TestCloud } from '../support/cloud.js';
import { down } from '../support/failures.js';
import { forwardTo, pool, reachable } from '../support/networking.js';

const MINUTES = 60_000;

/** What the appliances of a cloud have counted. */
class Counts {
  readonly #of = new Map<ResourceUuid, Map<ResourceUuid, ElementMeter>>();
  readonly meters = (network: ResourceUuid): readonly ElementMeter[] => {
    this.looks += 1;
    return [...(this.#of.get(network)?.values() ?? [])];
  };
  looks = 0;

  address(network: Resource, { uuid }: Resource, into: number, out: number): void {
    this.#put(network, {
      element: uuid,
      in: { packets: into, bytes: into * 100 },
      out: { packets: out, bytes: out * 1_000 },
    });
  }

  ports(network: Resource, { uuid }: Resource, both: number): void {
    this.#put(network, { element: uuid, both: { packets: both, bytes: both * 10 } });
  }

  /** All of them begin anew, as after another appliance has taken over. */
  lose(): void {
    this.#of.clear();
  }

  #put({ uuid }: Resource, meter: ElementMeter): void {
    const elements = this.#of.get(uuid) ?? new Map<ResourceUuid, ElementMeter>();
    this.#of.set(uuid, elements.set(meter.element, meter));
  }
}

function ask(
  world: TestCloud,
  type: string,
  { id }: { readonly id: string },
  question = 'usage',
  caller = world.admin,
): Promise<JsonObject> {
  return world.cloud.resources
    .ask(caller, world.type(type), id, question, {})
    .then(({ fields }) => fields);
}

async function counted(t: Parameters<typeof startCloud>[0]) {
  const counts = new Counts();
  const after = surroundings(t, { meters: counts.meters });
  const world = await startCloud(t, { after });
  const there = await reachable(world);
  return { counts, after, world, ...there };
}

t.test('what addresses, forwards and balancers have carried is told', async (t) => {
  const { counts, world, network, address, machine } = await counted(t);
  const forward = await world.create('portforward', forwardTo({ network, address, machine }));
  const balancer = await world.create('loadbalancer', {
    ipaddressId: address.id,
    publicPort: 443,
    privatePort: 443,
    virtualmachineIds: [machine.id],
  });
  t.match(await ask(world, 'ipaddress', address), { inBytes: 0, outBytes: 0, since: null });
  counts.address(network, address, 3, 2);
  counts.ports(network, forward, 5);
  await world.pass(6 * MINUTES);
  t.match(await ask(world, 'ipaddress', address), {
    inPackets: 3,
    inBytes: 300,
    outPackets: 2,
    outBytes: 2_000,
  });
  t.match(await ask(world, 'portforward', forward), { packets: 5, bytes: 50 });
  t.match(await ask(world, 'loadbalancer', balancer), { packets: 0, bytes: 0, until: null });
  const before = await ask(world, 'portforward', forward);
  counts.ports(network, balancer, 7);
  await world.pass(6 * MINUTES);
  t.match(await ask(world, 'loadbalancer', balancer), { packets: 7, bytes: 70 });
  t.same(await ask(world, 'portforward', forward), before, 'what did not change is not written');
});

t.test('it never gets less, whatever counts anew', async (t) => {
  const { counts, after, world, network, address } = await counted(t);
  const told = async (of = world) => Number((await ask(of, 'ipaddress', address))['inPackets']);
  counts.address(network, address, 100, 0);
  await world.pass(6 * MINUTES);
  t.equal(await told(), 100);
  counts.address(network, address, 40, 0);
  await world.pass(6 * MINUTES);
  t.equal(await told(), 140, 'an appliance lost its counts, or another one has taken over');
  counts.lose();
  await world.pass(6 * MINUTES);
  t.equal(await told(), 140, 'one that says nothing takes nothing away');
  world.outside.appliances.down = down('no route');
  await world.pass(6 * MINUTES);
  t.equal(await told(), 140);
  t.equal(
    world.lines.filter(({ message }) => /carried was not told/.test(message)).length > 0,
    true,
    'the operator is told',
  );
  world.outside.appliances.down = undefined;
  world.abandon();
  const next = await startCloud(t, { after });
  counts.address(network, address, 41, 0);
  await next.pass(6 * MINUTES);
  t.equal(await told(next), 141, 'another process goes on from what is on record');
});

t.test('of several processes each packet is counted by one', async (t) => {
  const { counts, after, world, network, address } = await counted(t);
  const others = [await startCloud(t, { after }), await startCloud(t, { after })];
  for (let round = 1; round <= 5; round += 1) {
    counts.address(network, address, round * 10, 0);
    counts.looks = 0;
    for (const one of [world, ...others]) void one.quiet();
    await world.pass(5.5 * MINUTES);
    t.ok(counts.looks <= 3, `${counts.looks} looks`);
  }
  await world.pass(6 * MINUTES);
  t.equal((await ask(world, 'ipaddress', address))['inPackets'], 50);
  t.equal((await ask(world, 'account', { id: '1' }, 'traffic'))['inPackets'], 50);
});

t.test('an address that goes to another network takes along what it has carried', async (t) => {
  const { counts, world, network, address } = await counted(t);
  const other = await readyNetwork(world, { ipv4Cidr: '10.1.0.0/24' });
  counts.address(network, address, 10, 0);
  await world.pass(6 * MINUTES);
  await world.act('ipaddress', address.id, 'unassign');
  await world.actWith('ipaddress', address.id, 'assign', { networkId: other.id });
  await world.reaches('ipaddress', address.id, 'active');
  counts.lose();
  counts.address(other, address, 15, 0);
  await world.pass(6 * MINUTES);
  t.equal((await ask(world, 'ipaddress', address))['inPackets'], 25);
});

t.test(
  'an account is told what all its addresses have carried, those it gave up too',
  async (t) => {
    const counts = new Counts();
    const world = await startCloud(t, { drivers: { meters: counts.meters } });
    await pool(world);
    const user = await world.account('user');
    const network = await readyNetwork(world, { caller: user });
    const addresses: Resource[] = [];
    for (let n = 0; n < 2; n += 1) {
      const { id } = await world.create('ipaddress', { networkId: network.id }, user);
      addresses.push(await world.reaches('ipaddress', id, 'active'));
    }
    for (const [n, address] of addresses.entries()) counts.address(network, address, 10 + n, 5);
    await world.pass(6 * MINUTES);
    const account = { id: user.accountId };
    const told = () => ask(world, 'account', account, 'traffic');
    t.match(await told(), { inPackets: 21, inBytes: 2_100, outPackets: 10, outBytes: 10_000 });
    await world.remove('ipaddress', addresses[0]?.id ?? '');
    await world.reaches('ipaddress', addresses[0]?.id ?? '', 'removed');
    t.match(await told(), { inPackets: 21 });
    t.match(await ask(world, 'account', { id: '1' }, 'traffic'), { inPackets: 0, since: null });
    await t.rejects(ask(world, 'account', account, 'traffic', await world.account('stranger')), {
      code: 'NotFound',
    });
  },
);

t.test('of networks without addresses nobody is asked', async (t) => {
  const counts = new Counts();
  const world = await startCloud(t, { drivers: { meters: counts.meters } });
  await readyNetwork(world);
  await world.pass(20 * MINUTES);
  t.equal(counts.looks, 0);
});
