import { FRAME_LENGTH } from '@gdcloud/driver-vlan/agent';
import type { Test } from 'tap';
import { closing, PROBES, serversOf } from '../open-vswitch/probes.js';
import { FACTS, OTHER, TENANTS, type Tenant } from '../open-vswitch/tenants.js';
import { type Conversation, until } from '../support/network-sandbox.js';
import type { KernelRig } from './kernel-rig.js';

/**
 * Tells that nothing a tenant may send, under whatever address, tag or protocol, arrives at the other's servers and gateway. All
 * of it is sent at once, as a program takes long here; that it was sent is seen by its neighbour. Both are carried.
 */
export async function tellOfProbes(group: Test, rig: KernelRig): Promise<void> {
  const gateways = { a: await gatewayOf(rig, 'a'), b: await gatewayOf(rig, 'b') };
  const places = { a: await listenTo(rig, 'a'), b: await listenTo(rig, 'b') };
  // It doesn't say when it has begun to listen.
  for (const tenant of TENANTS) await call(rig, tenant, places[tenant], 'begin');
  for (const tenant of TENANTS) {
    await group.test(`no frame of ${tenant} arrives at ${OTHER[tenant]}`, async (t) => {
      const [sender] = serversOf(tenant);
      const [victim] = serversOf(OTHER[tenant]);
      const markOf = (nth: number): string => `probe ${nth} of ${tenant}.`;
      const frames = PROBES.map(({ probe }, nth) => {
        const mark = markOf(nth);
        const itsGateway = gateways[victim.tenant];
        return probe({ sender, victim, gateway: gateways[tenant], itsGateway, mark });
      });
      await send(rig, sender.name, [...frames, closing(sender, `after ${tenant}.`)]);
      const [, neighbour] = places[tenant];
      await hears(neighbour, `after ${tenant}.`);
      await call(rig, OTHER[tenant], places[OTHER[tenant]], `close ${tenant}`);
      for (const [nth, { sentence, reaches }] of PROBES.entries()) {
        for (const { heard } of places[OTHER[tenant]]) {
          t.notOk(heard.includes(markOf(nth)), sentence);
        }
        if (reaches === 'nobody') continue;
        t.ok(neighbour.heard.includes(markOf(nth)), `its neighbour has heard it: ${sentence}`);
      }
    });
  }
  for (const place of [...places.a, ...places.b]) place.end();
}

type Places = readonly [Conversation, Conversation, Conversation];

/** Has everyone of a tenant hear something. */
async function call(rig: KernelRig, tenant: Tenant, places: Places, what: string): Promise<void> {
  const [first, second] = serversOf(tenant);
  const mark = `${what} of ${tenant}.`;
  for (const [sender, heardBy] of [
    [second, [places[0], places[2]]],
    [first, [places[1]]],
  ] as const) {
    await until(
      async () => {
        await send(rig, sender.name, [closing(sender, mark)]);
        return heardBy.every(({ heard }) => heard.includes(mark));
      },
      (isHeard) => isHeard,
    );
  }
}

/** Listens at both servers of a tenant, and at its gateway. */
async function listenTo(rig: KernelRig, tenant: Tenant): Promise<Places> {
  const [first, second] = serversOf(tenant);
  const listen = (namespace: string, device: string): Conversation =>
    rig.start(namespace, `socat -u INTERFACE:${device} -`);
  return [
    listen(first.name, 'eth0'),
    listen(second.name, 'eth0'),
    listen(`gd-${FACTS[tenant].network}`, 'n0'),
  ];
}

async function send(rig: KernelRig, name: string, frames: readonly Buffer[]): Promise<void> {
  await rig.run(name, `socat -u -b ${FRAME_LENGTH} - INTERFACE:eth0`, Buffer.concat(frames));
}

async function hears(place: Conversation, mark: string): Promise<void> {
  await until(
    () => place.heard,
    (heard) => heard.includes(mark),
  );
}

async function gatewayOf(rig: KernelRig, tenant: Tenant): Promise<string> {
  const shown = await rig.run(`gd-${FACTS[tenant].network}`, 'ip -br link show dev n0');
  return shown.split(/\s+/)[2] ?? '';
}
