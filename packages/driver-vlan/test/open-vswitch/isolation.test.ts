import { FRAME_LENGTH } from '@gdcloud/driver-vlan/agent';
import t from 'tap';
import { type Conversation, until } from '../support/network-sandbox.js';
import { closing, PROBES, serversOf } from './probes.js';
import { skipWithoutTags, TaggedRig } from './tagged-rig.js';
import { FACTS, networkOf, OTHER, SERVERS, type Server, TENANTS, type Tenant } from './tenants.js';

t.setTimeout(180_000);

t.test('what a tenant may send', { skip: skipWithoutTags(), bail: true }, async (group) => {
  const rig = await TaggedRig.start();
  group.teardown(() => rig.close());
  for (const tenant of TENANTS) await rig.agent.follow(networkOf(tenant));
  const gateways = { a: await gatewayOf(rig, 'a'), b: await gatewayOf(rig, 'b') };
  const places = { a: await listenTo(rig, 'a'), b: await listenTo(rig, 'b') };
  const trunk = await capture(rig, undefined, 'tr-ap', '| tee /run/trunk.pcap');
  // By now the switch knows where the gateways are.
  for (const { name } of SERVERS) await rig.run(name, 'ping -q -c 1 -W 5 10.0.0.1');

  /** Sends to everyone of a tenant, and waits until it was heard: so was all that came before. */
  const close = async (tenant: Tenant, mark: string): Promise<void> => {
    const [, second] = serversOf(tenant);
    await send(rig, second, closing(second, mark));
    for (const place of places[tenant]) await hears(place, mark);
  };

  for (const tenant of TENANTS) {
    const [sender, neighbour] = serversOf(tenant);
    const [victim] = serversOf(OTHER[tenant]);
    for (const [nth, { sentence, reaches, probe }] of PROBES.entries()) {
      await group.test(`a frame of ${tenant} ${sentence}: ${reaches}`, async (t) => {
        const mark = `probe ${nth} of ${tenant}.`;
        const after = `after ${nth} of ${tenant}.`;
        const cast = {
          sender,
          victim,
          gateway: gateways[tenant],
          itsGateway: gateways[victim.tenant],
          mark,
        };
        await send(rig, sender, probe(cast), closing(sender, after));
        for (const place of [...places[tenant], trunk]) await hears(place, after);
        await close(victim.tenant, `close ${nth} of ${victim.tenant}.`);
        for (const place of places[victim.tenant]) t.notMatch(place.heard, mark);
        const itsOwn = places[tenant][neighbourAt(neighbour)];
        t.equal(itsOwn?.heard.includes(mark), reaches === 'neighbours');
      });
    }
  }

  await group.test('who was impersonated is still reached, and by their own only', async (t) => {
    for (const tenant of TENANTS) {
      const [first, second] = serversOf(tenant);
      const mark = `ping of ${tenant}.`;
      const pattern = Buffer.from(mark).toString('hex');
      const pinged = await rig.run(second.name, `ping -c 1 -W 5 -p ${pattern} ${first.address}`);
      t.match(pinged, ' 0% packet loss');
      await close(OTHER[tenant], `close ping of ${OTHER[tenant]}.`);
      for (const place of places[OTHER[tenant]]) t.notMatch(place.heard, mark);
    }
  });

  await group.test('on the trunk, each frame has the tag of its tenant', async (t) => {
    const read = await rig.machine.run('tcpdump -ntelA -r /run/trunk.pcap 2>/dev/null');
    const frames = read.split(/^(?=(?:[0-9a-f]{2}:){5}[0-9a-f]{2} > )/m);
    for (const tenant of TENANTS) {
      const own = frames.filter((text) => text.includes(` of ${tenant}.`));
      t.ok(own.length > PROBES.length, `${own.length} frames of ${tenant}`);
      const tagged = new RegExp(`802\\.1Q \\(0x8100\\), length \\d+: vlan ${FACTS[tenant].vlan},`);
      const strays = own.filter((text) => !tagged.test(text));
      t.same(strays, []);
    }
  });
});

function neighbourAt({ name }: Server): number {
  return Number(name.slice(1)) - 1;
}

async function send(rig: TaggedRig, { name }: Server, ...frames: readonly Buffer[]): Promise<void> {
  const script = `socat -u -b ${FRAME_LENGTH} - INTERFACE:eth0`;
  await rig.run(name, script, Buffer.concat(frames));
}

/** Listens at both servers of a tenant, and at its gateway. */
async function listenTo(rig: TaggedRig, tenant: Tenant): Promise<readonly Conversation[]> {
  const [first, second] = serversOf(tenant);
  return [
    await capture(rig, first.name, 'eth0'),
    await capture(rig, second.name, 'eth0'),
    await capture(rig, `gd-${FACTS[tenant].network}`, 'n0'),
  ];
}

async function capture(
  rig: TaggedRig,
  namespace: string | undefined,
  device: string,
  further = '',
): Promise<Conversation> {
  const script = `tcpdump -Z root --immediate-mode -U -i ${device} -w - 2>/dev/null ${further}`;
  const listening = rig.machine.start(script, namespace);
  // Its own header comes once it listens.
  await until(
    () => listening.heard,
    (heard) => heard !== '',
  );
  return listening;
}

async function hears(place: Conversation, mark: string): Promise<void> {
  await until(
    () => place.heard,
    (heard) => heard.includes(mark),
  );
}

async function gatewayOf(rig: TaggedRig, tenant: Tenant): Promise<string> {
  const shown = await rig.run(`gd-${FACTS[tenant].network}`, 'ip -br link show dev n0');
  return shown.split(/\s+/)[2] ?? '';
}
